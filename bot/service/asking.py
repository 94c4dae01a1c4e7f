"""Asking: new requests, one for each registry a command names, linked and saved together."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards.view import LONGEST_REASON
from bot.service.names import request_id
from bot.wording import count
from workers.config import Config
from workers.core.audit import Event, Happened
from workers.core.errors import BadInput
from workers.core.names import Reference, RepositoryName
from workers.core.request import Action, Origin, Request
from workers.store.ledger import Change
from workers.store.standing import Standing
from workers.store.tasks import next_job


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks, why, and where the answers go; `payload` is Slack's own id of the command, click or form."""

    requester: str
    origin: Origin
    payload: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of one registry."""

    action: Action
    registry: str
    targets: tuple[str, ...] = ()
    accepts_damage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A request as it was opened, and the channel its card goes to; not `is_new` when its payload came once more."""

    request: Request
    channel: str
    is_new: bool = True


def check_room(wanted: Sequence[Request], others: Sequence[Standing], config: Config) -> None:
    """Raise BadInput when these would be more than may be open; `others` are open already."""
    limits, person = config.limits, wanted[0].requester
    own = sum(each.requester == person for each in others)
    if own + len(wanted) > limits.open_requests_per_user:
        raise BadInput(
            f"You have {count(own, 'open request')}, and one person may have {limits.open_requests_per_user:,}; "
            "wait until some have ended, or cancel one: /regclean status lists them."
        )
    known = {registry.name for registry in config.registries}
    taken = Counter(config.channel_of(each.registry) for each in others if each.registry in known)
    for each in wanted:
        channel = config.channel_of(each.registry)
        if taken[channel] >= limits.open_requests_per_channel:
            raise BadInput(
                f"The channel of {each.registry} has {count(taken[channel], 'open request')}, and may have "
                f"{limits.open_requests_per_channel:,}; have some decided or cancelled first."
            )
        taken[channel] += 1


def remove(images: Mapping[str, Sequence[Reference]], config: Config) -> list[Wish]:
    """Each image once; raises BadInput when a registry is asked for too many."""
    wishes = [
        Wish(action=Action.REMOVE, registry=registry, targets=tuple(dict.fromkeys(map(str, references))))
        for registry, references in images.items()
    ]
    for wish in wishes:
        _check_number(wish, config.limits.images_per_request)
    return wishes


def untagged(repositories: Mapping[str, Sequence[RepositoryName]], config: Config) -> list[Wish]:
    """Each repository once; raises BadInput where a registry's untagged manifests cannot be found."""
    for registry in repositories:
        check_collectable(config, registry, "rm --untagged")
    return [
        Wish(action=Action.UNTAGGED, registry=registry, targets=tuple(dict.fromkeys(map(str, names))))
        for registry, names in repositories.items()
    ]


def check_collectable(config: Config, registry: str, command: str) -> None:
    """Raise BadInput when the configuration has no way to run this registry's collector."""
    if config.registry(registry).gc is None:
        raise BadInput(
            f"{registry} has no garbage collection in the configuration, and {command} needs it; "
            "ask whoever runs regclean to add registries[].gc."
        )


def opening(wishes: Iterable[Wish], asked: Asked, now: datetime) -> list[Change]:
    """A new request for each wish, with its first audit entry and its first job."""
    listed = list(wishes)
    ids = tuple(request_id(asked.payload, number) for number in range(len(listed)))
    group = ids if len(ids) > 1 else ()
    requests = [
        Request(
            id=name,
            action=wish.action,
            registry=wish.registry,
            targets=wish.targets,
            requester=asked.requester,
            reason=_reason(asked.reason),
            origin=asked.origin,
            accepts_damage=wish.accepts_damage,
            group=group,
            created_at=now,
        )
        for name, wish in zip(ids, listed, strict=True)
    ]
    return [_change(request) for request in requests]


def _reason(given: str) -> str:
    """On one line; raises BadInput when it is too long for a card."""
    reason = " ".join(given.split())
    if len(reason) > LONGEST_REASON:
        raise BadInput(f"The reason has {len(reason):,} characters; say it in {LONGEST_REASON}.")
    return reason


def _change(request: Request) -> Change:
    told = {
        "action": request.action.value,
        "registry": request.registry,
        "targets": list(request.targets),
        "reason": request.reason,
        **({"accepts_damage": True} if request.accepts_damage else {}),
    }
    opened = Event.of(Happened.OPENED, request.requester, **told)
    first = next_job(request)
    return Change(request=request, events=[opened], jobs=[first] if first else [])


def _check_number(wish: Wish, most: int) -> None:
    if len(wish.targets) > most:
        raise BadInput(
            f"One request may name {count(most, 'image')}, and this one names {len(wish.targets):,} of "
            f"{wish.registry}; ask for the rest in a second one."
        )
