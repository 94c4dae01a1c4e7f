"""Checkout: which commit a run is made on."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent


def commit() -> str:
    """The commit that is checked out, as `0123abc`, or `0123abc+` where files were changed since; empty without git."""
    git = shutil.which("git")
    if git is None:
        return ""
    describe = [git, "describe", "--always", "--exclude=*", "--abbrev=7", "--dirty=+"]
    said = subprocess.run(describe, cwd=_HERE, capture_output=True, text=True, check=False)
    return said.stdout.strip()
