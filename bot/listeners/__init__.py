"""Listeners: from Slack's payloads to the service and back; no decisions are made here, and no registry is called."""

from bot.listeners.install import install
from bot.listeners.room import Room

__all__ = ["Room", "install"]
