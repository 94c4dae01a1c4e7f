"""App: where the bot is put together, and how it is served over Socket Mode or HTTP."""

from bot.app.building import build_app
from bot.app.serving import Running, running, serve

__all__ = ["Running", "build_app", "running", "serve"]
