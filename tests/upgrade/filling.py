"""Filling: what is in the registries that a snapshot is about; images are the same wherever they are made."""

from collections.abc import Mapping
from typing import Any, Final

from demo.parts.images import Image, Layer, image
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote, expect
from demo.workspace.content import ADA, BEN, REGISTRY_CLEAN
from tests.bench import config, gc_settings, settings
from workers.config import Config

SAMPLE: Final = "sample"
"""A registry in which single tags come off by a throw-away manifest only."""
COLLECTED: Final = "collected"
"""One whose garbage is collected."""
VERSIONS: Final = {SAMPLE: "2.8.2", COLLECTED: "3.1.1"}

TAGS: Final = {
    SAMPLE: {
        "app": [
            "planning", "pending", "approved", "running-1", "running-2", "running-3", "untagging", "stays",
            "cancelling-1", "cancelling-2", "done", "failed", "denied", "expired", "cancelled", "stale",
        ]
    },
    COLLECTED: {"app": ["stays"], "team/tool": ["old"]},
}  # fmt: skip
_SAME: Final = {"untagging": "stays"}
_MOVED: Final = image(Layer("moved", 1000))


def image_of(tag: str) -> Image:
    return image(Layer(_SAME.get(tag, tag), 1000))


def fill(registry: RegistryProcess, tags: Mapping[str, list[str]]) -> None:
    with Remote(registry.url) as remote:
        for repository, names in tags.items():
            for tag in names:
                remote.push(repository, tag, image_of(tag))


def litter(registry: RegistryProcess, name: str) -> None:
    """Leave something to be collected behind: an image whose manifest is deleted."""
    with Remote(registry.url) as remote:
        content = image(Layer(name, 2000))
        remote.push("app", name, content)
        expect(remote.delete("app", content.digest), 202)


def untag(registry: RegistryProcess) -> None:
    """Leave a manifest behind that no tag leads to: its tag goes on to another one."""
    with Remote(registry.url) as remote:
        remote.push("team/tool", "old", _MOVED)


def move(registry: RegistryProcess, tag: str) -> None:
    with Remote(registry.url) as remote:
        remote.push("app", tag, _MOVED)


def tags_in(registry: RegistryProcess, repositories: Mapping[str, list[str]]) -> dict[str, list[str]]:
    with Remote(registry.url) as remote:
        return {repository: sorted(remote.tags(repository)) for repository in repositories}


def configured(registries: Mapping[str, RegistryProcess], **changes: Any) -> Config:
    sample, collected = registries[SAMPLE], registries[COLLECTED]
    return config(
        settings(sample, SAMPLE, concurrency=1),
        settings(collected, COLLECTED, gc=gc_settings(collected)),
        approvals={"approvers": [ADA, BEN], "expiry": "24h"},
        channels={"default": REGISTRY_CLEAN},
        **changes,
    )
