"""Pulls by skopeo, which shares no code with us."""

import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from demo.parts.errors import RemoteError


def skopeo_copy(url: str, repository: str, reference: str, destination: Path) -> None:
    """Pull the image into a folder, with all its children.

    Raises:
        RemoteError: skopeo could not; the sentence is its own.
    """
    joint = "@" if ":" in reference else ":"
    source = f"docker://{urlsplit(url).netloc}/{repository}{joint}{reference}"
    command = ["skopeo", "copy", "--quiet", "--all", "--src-tls-verify=false", source, f"dir:{destination}"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if answer.returncode:
        raise RemoteError(f"skopeo could not pull {source}: {answer.stderr.strip()}")
