"""The Distribution API and its dialects; the only place that knows httpx."""
