"""Cards, threads, lists and overviews, drawn from whatever stands in Redis."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from bot.cards import listing, overview, sheets, thread, view
from bot.cards.request import card, is_cut
from bot.cards.shown import Overview, Shown
from fuzz import checks
from fuzz.target import Target, chosen, json_seed
from fuzz.targets import records as stored
from tests import samples
from workers.core.audit import Entry, Event, Happened, Head, append
from workers.core.errors import BadRecord, NewerRecord
from workers.core.listing import Listing
from workers.core.outcome import Outcome, Result
from workers.core.plan import Plan
from workers.core.request import Action, Request, State
from workers.store import records
from workers.store.cards import CardRecord

Data: TypeAlias = Mapping[str, Any]
_PEOPLE: Final = (samples.ANN, samples.BEN)


def _shown(data: Data) -> Shown:
    request, plan = Request.from_json(data["request"]), data["plan"]
    others = [CardRecord.from_json(each) for each in data["cards"]]
    return Shown(
        request=request,
        plan=Plan.from_json(plan) if plan else None,
        outcomes={each.step: each for each in map(Outcome.from_json, data["outcomes"])},
        approvers=_PEOPLE,
        collects=True,
        links={each: card.permalink for each, card in zip(request.group, others, strict=False) if card.permalink},
    )


def _draw_card(shown: Shown) -> None:
    checks.message(card(shown))
    assert is_cut(shown) in {True, False}
    for file in (sheets.plan(shown), sheets.outcomes(shown)):
        file.content.encode()
    seen = Overview(waiting=[shown.request], own=[shown.request] * 20, others=[shown.request] * 3, links=shown.links)
    checks.message(overview.overview(seen))
    checks.view(view.home(seen, ["`/regclean help`"]), "home")


def _entries(data: Data) -> Sequence[Entry]:
    return [Entry.from_json(each) for each in data["entries"]]


def _draw_thread(entries: Sequence[Entry]) -> None:
    told = [batch.last for batch in thread.batches(entries, thread.Telling(people=_PEOPLE)) if _draws(batch)]
    assert told[-1:] == [each.sequence for each in entries][-1:]


def _draws(batch: thread.Batch) -> bool:
    checks.message(batch.message)
    return True


def _page(data: Data) -> tuple[Listing, listing.Place]:
    return Listing.from_json(data["listing"]), listing.Place.read(str(data["place"])[:100])


def _draw_page(read: tuple[Listing, listing.Place]) -> None:
    found, place = read
    checks.message(listing.page(found, place, samples.NOW))
    sheets.listing(found).content.encode()


_KINDS: Final[tuple[tuple[Callable[[Data], Any], Callable[[Any], None]], ...]] = (
    (_shown, _draw_card),
    (_entries, _draw_thread),
    (_page, _draw_page),
)


def run(data: bytes) -> None:
    (read, draw), content = chosen(data, _KINDS)
    try:
        found = records.read(content, read, "record")
    except (BadRecord, NewerRecord):
        return
    draw(found)


def _request(state: State, **changes: Any) -> dict[str, Any]:
    return samples.pending(
        state=state, approval=samples.APPROVAL, group=("R-1", "R-2"), note="so it is", decider=samples.BEN, **changes
    ).as_json()


_OUTCOMES: Final = [
    Outcome(step=number, result=result, why="it moved").as_json() for number, result in enumerate(Result)
]
_CARDS: Final = [CardRecord(permalink=f"https://acme.slack.example/{number}").as_json() for number in range(2)]
_TOLD: Final[Mapping[str, Any]] = {
    "why": "somebody moved it", "steps": 2, "frees": 10, "exact": False, "fingerprint": "f" * 64, "blobs": 3, "size": 9,
    "freed": 8, "done": 1, "skipped": 2, "failed": 3, "registry": "prod", "targets": ["app:1"], "reason": "old",
    "action": "rm", "reference": "app:1", "digest": "sha256:0123456789abcdef", "result": "done", "verb": "untag",
    "expires_at": samples.NOW.isoformat(),
}  # fmt: skip

TARGET: Final = Target(
    holds="BadRecord, or cards, threads, lists, overviews and home tabs that Slack takes, with nobody's text as markup",
    run=run,
    seeds=(
        *(
            json_seed(
                0,
                {
                    "request": _request(state, action=action),
                    "plan": (samples.PLAN if action is Action.REMOVE else stored.PLAN).as_json(),
                    "outcomes": _OUTCOMES,
                    "cards": _CARDS,
                },
            )
            for action in (Action.REMOVE, Action.COLLECT)
            for state in State
        ),
        json_seed(0, {"request": samples.request().as_json(), "plan": None, "outcomes": [], "cards": []}),
        *(
            json_seed(
                1, {"entries": [append(Head(), "R-1", Event.of(each, samples.ANN, **_TOLD), samples.NOW).as_json()]}
            )
            for each in Happened
        ),
        json_seed(2, {"listing": stored.LISTING.as_json(), "place": "l-1 1"}),
    ),
    longest=6000,
    words=("<!channel>", "<@U0123ABC>", "9" * 400, "1e308", "-1", "null", "0001-01-01T00:00:00+14:00", "x" * 400),
    of_json=True,
)
