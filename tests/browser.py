"""How tests start Chromium, and the windows they open in it; the fixtures are in `browser_fixtures`."""

import os
import shutil
from typing import Protocol

from playwright.sync_api import Page, ViewportSize

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = ViewportSize(width=1280, height=820)
PHONE = ViewportSize(width=400, height=800)
PATIENCE_MS = 8000


class OpenPage(Protocol):
    """Opens an address in a window of its own, which must stay free of errors until the test ends."""

    def __call__(self, url: str, *, size: ViewportSize = DESKTOP, dark: bool = False) -> Page: ...
