"""Lists that come in pages (distribution spec, "Listing Tags" and "Listing Referrers")."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Final, TypeVar

from workers.core.errors import BadName, RegistryError
from workers.registries.calls import Caller
from workers.registries.links import next_link, own_target
from workers.registries.refusals import refused, wrong
from workers.registries.reply import Call, Reply

PAGE: Final = 1000
SMALL_PAGE: Final = 100  # the most that quay.io takes
LIST_LIMIT: Final = 64 * 1024 * 1024
_MOST_PAGES: Final = 20_000
MOST_NAMES: Final = 2_000_000
"""Names in one list: a few hundred megabytes in memory; a list that goes on beyond is taken for endless."""

_MOST_BARREN: Final = 50
"""Pages in a row that bring no new name; a registry that filters may send some, and one going in circles many."""

Name = TypeVar("Name")


async def pages(caller: Caller, first: Call) -> AsyncIterator[Reply]:
    """Every page from `first` on; all but a first one that is missing have status 200.

    Raises:
        RegistryError: a page is refused; a link leads to another host or a page already seen; the list does not end.
    """
    call, seen = first, {first.target}
    while True:
        reply = await caller.call(call)
        if reply.status != 200 and not (reply.is_missing and call is first):
            raise refused(caller.endpoint, reply)
        yield reply
        link = next_link(reply.headers.get_list("link")) if reply.status == 200 else None
        if link is None:
            return
        target = own_target(reply.url, link)
        if target is None:
            raise wrong(caller.endpoint, reply, "a next page at another address")
        if target in seen or len(seen) >= _MOST_PAGES:
            raise wrong(caller.endpoint, reply, "a list that does not end")
        seen.add(target)
        call = replace(call, target=target)


async def names(caller: Caller, call: Call, key: str, parse: Callable[[str], Name]) -> tuple[Name, ...] | None:
    """The names under `key` of all pages, in order, null counting as none; None when what is listed is unknown.

    `call` has no `n`: that is 1000, or 100 where the registry refuses so many. `parse` raises BadName.

    Raises:
        RegistryError: as `pages`, and when a page is no such list.
    """
    try:
        return await _names(caller, replace(call, target=f"{call.target}?n={PAGE}"), key, parse)
    except RegistryError as error:
        if "PAGINATION_NUMBER_INVALID" not in error.answer.codes:
            raise
    return await _names(caller, replace(call, target=f"{call.target}?n={SMALL_PAGE}"), key, parse)


async def _names(caller: Caller, call: Call, key: str, parse: Callable[[str], Name]) -> tuple[Name, ...] | None:
    found: dict[Name, None] = {}
    barren = 0
    async for page in pages(caller, call):
        if page.is_missing:
            return None
        before = len(found)
        try:
            found |= dict.fromkeys(map(parse, _strings(caller, page, key)))
        except BadName as error:
            raise wrong(caller.endpoint, page, f"a list of {key} with a name that cannot be") from error
        barren = barren + 1 if len(found) == before else 0
        if len(found) > MOST_NAMES or barren > _MOST_BARREN:
            raise wrong(caller.endpoint, page, "a list that does not end")
    return tuple(found)


def _strings(caller: Caller, page: Reply, key: str) -> list[str]:
    document = page.document
    if document is None or key not in document:
        raise wrong(caller.endpoint, page, f"no list of {key}")
    items = document[key] if document[key] is not None else []
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise wrong(caller.endpoint, page, f"a broken list of {key}")
    return items
