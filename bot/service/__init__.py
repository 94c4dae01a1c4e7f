"""Service: what people can do, whichever way they said it; saved in one transaction each, or not at all."""

from bot.service.asking import Asked, Opened
from bot.service.deciding import Clicked, Repeated
from bot.service.service import Service

__all__ = ["Asked", "Clicked", "Opened", "Repeated", "Service"]
