"""Small configuration files for the tests, and what is wrong with them."""

import pytest

from workers.config import BadConfig, parse

REGISTRY = "name: prod, url: 'https://r.example.com'"
GC = (
    "runner: command, read_only_on: [[a]], read_only_off: [[a]], "
    "dry_run: [registry, garbage-collect, --dry-run, c.yml], collect: [registry, garbage-collect, c.yml]"
)


def written(registry: str = "", approvals: str = "", channels: str = "default: C0123456789", rest: str = "") -> bytes:
    """A file with the given keys in flow style; a registry's own keys override the usual ones by YAML's merge."""
    approvers = approvals or "approvers: [U012ABCDEF]"
    return (
        f"registries: [{{<<: {{{REGISTRY}}}, {registry}}}]\n"
        f"approvals: {{{approvers}}}\nchannels: {{{channels}}}\n{rest}\n"
    ).encode()


def mistakes(content: bytes) -> list[str]:
    """What is wrong, as it is shown but without the lines."""
    with pytest.raises(BadConfig) as caught:
        parse(content)
    return [f"{mistake.path}: {mistake.sentence}" for mistake in caught.value.mistakes]
