"""Looking: what `ls` shows, read from the registries; nothing is changed and nobody is asked."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from workers.config import RegistrySettings
from workers.core.digest import Digest
from workers.core.errors import BadInput, RegcleanError
from workers.core.listing import Listing, Query, Row, Shelf
from workers.core.names import RepositoryName, Tag
from workers.core.snapshot import RepositoryView
from workers.interruption import unless_stopped
from workers.reading import Reader, Tolerance
from workers.registries.distribution import Registry
from workers.runtime import Runtime
from workers.store.context import name

_CONFIG_LIMIT = 4 * 2**20


def look_up(runtime: Runtime, lookup_id: str) -> None:
    """Answer a question; a registry that cannot be read is part of the answer."""
    lookup = runtime.store.lookups.load(lookup_id)
    name(lookup=lookup_id, user=lookup.asker)
    runtime.store.lookups.answer(lookup_id, asyncio.run(unless_stopped(_listing(runtime, lookup.query))))


async def _listing(runtime: Runtime, query: Query) -> Listing:
    return Listing(shelves=tuple(await asyncio.gather(*(_shelf(runtime, each, query) for each in query.registries))))


async def _shelf(runtime: Runtime, registry_name: str, query: Query) -> Shelf:
    name(registry=registry_name)  # each shelf is filled in a task, and so in a context, of its own
    try:
        settings: RegistrySettings = runtime.config.registry(registry_name)
        async with runtime.registry(settings) as registry:
            return await _read(registry, registry_name, query)
    except RegcleanError as error:
        return Shelf(registry=registry_name, trouble=error.sentence)


async def _read(registry: Registry, name: str, query: Query) -> Shelf:
    reader = Reader(registry, tolerance=Tolerance())
    if query.repository:
        views = [await reader.repository(RepositoryName.parse(query.repository))]
        if views[0].absent:
            raise BadInput(f"{name} has no repository {query.repository}; /regclean ls {name} shows what there is.")
    else:
        await registry.ping()
        names = await registry.catalog()
        views = list(await asyncio.gather(*(reader.repository(each) for each in names)))
    rows = [row for view in views for row in await _rows(registry, view, query.pattern)]
    emptied = tuple(str(view.name) for view in views if not view.tags and not view.unusable)
    return Shelf(registry=name, rows=tuple(rows), emptied=() if query.pattern else emptied, pattern=query.pattern)


async def _rows(registry: Registry, view: RepositoryView, pattern: str) -> Sequence[Row]:
    rows = [_row(view, tag) for tag in sorted([*view.tags, *view.unusable])]
    chosen = [row for row in rows if row.matches(pattern)]
    digests = sorted({Digest.parse(row.digest) for row in chosen if row.digest})
    found = await asyncio.gather(*(_created(registry, view, digest) for digest in digests))
    ages = {str(digest): age for digest, age in zip(digests, found, strict=True)}
    return [replace(row, created=ages.get(row.digest)) for row in chosen]


def _row(view: RepositoryView, tag: Tag) -> Row:
    digest = view.tags.get(tag)
    if digest is None:
        return Row(repository=str(view.name), tag=str(tag), trouble=view.unusable[tag])
    return Row(
        repository=str(view.name),
        tag=str(tag),
        digest=str(digest),
        size=view.size(digest),
        trouble=view.incomplete(digest),
        shares=tuple(str(other) for other in sorted(view.tags_on(digest) - {tag})),
    )


async def _created(registry: Registry, view: RepositoryView, digest: Digest) -> datetime | None:
    """When an image was built, by its config; of an index, the newest of its children. None where nothing says."""
    manifests = [view.manifests[each] for each in view.reach([digest]) if each in view.manifests]
    configs = [each.config.digest for each in manifests if each.config and "image" in each.config.media_type]
    found = await asyncio.gather(*(_built(registry, view.name, config) for config in configs))
    return max((moment for moment in found if moment), default=None)


async def _built(registry: Registry, name: RepositoryName, config: Digest) -> datetime | None:
    try:
        document = json.loads(await registry.blob(name, config, _CONFIG_LIMIT))
        moment = datetime.fromisoformat(document["created"])
    except (RegcleanError, ValueError, KeyError, TypeError, RecursionError):
        return None  # the age is a courtesy; the row is shown without it
    return moment if moment.tzinfo else None
