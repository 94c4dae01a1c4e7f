"""The Distribution API and its dialects; the only place that knows httpx."""

from workers.registries.table import KINDS, open_registry

__all__ = ["KINDS", "open_registry"]
