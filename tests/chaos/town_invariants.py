"""Town invariants: what people see is what happened: one card a request, true; one thread, complete and in order."""

from collections.abc import Callable, Iterator
from typing import Final

from bot.cards.states import _STATES
from bot.cards.thread import told
from demo.parts.remote import Remote
from demo.workspace import Seen
from tests.chaos.town import IMAGES, Town
from workers.core.errors import RegcleanError
from workers.core.request import Action, Request, State


def requests(town: Town) -> list[Request]:
    ledger = town.bench.store.ledger
    return [ledger.load(each) for each in ledger.recent_ids(50)]


def ended(town: Town) -> Iterator[str]:
    """Each command that was taken became one request, and each request is done."""
    found = requests(town)
    if not town.taken <= len(found) <= town.typed:
        yield f"{town.taken} of {town.typed} commands were taken and there are {len(found)} requests"
    undecided = [each for each in found if each.state is State.PENDING]
    if len(undecided) > town.typed - town.taken:
        yield f"{undecided[0].id} was approved and is pending"
    yield from (
        f"{each.id} is {each.state.value}: {each.note}"
        for each in found
        if each.state not in {State.DONE, State.PENDING}
    )


def struck(town: Town) -> Iterator[str]:
    """What was built in has happened."""
    yield from (f"the fault never struck: {point}" for point in town.strikes.missing())


def chain(town: Town) -> Iterator[str]:
    try:
        town.bench.store.ledger.chain.verify()
    except RegcleanError as error:
        yield f"the audit chain does not verify: {error.sentence}"


def cards(town: Town) -> Iterator[str]:
    """One card a request, in its final state, and nothing else in the channel."""
    shown = {each.ts: each for each in town.cards()}
    for request in requests(town):
        card = shown.pop(town.bench.store.cards.load(request.id).ts, None)
        word = f"*{_STATES[request.state][1]}*"
        if card is None:
            yield f"{request.id} has no card"
        elif word not in card.plain:
            yield f"the card of {request.id} does not say {word}: {card.plain[:200]}"
        elif request.state.is_final and {"Approve", "Deny", "Cancel"} & set(card.buttons):
            yield f"the card of {request.id} still has the buttons {', '.join(card.buttons)}"
    yield from (f"there is a message too many: {each.plain[:200]}" for each in shown.values())


def threads(town: Town) -> Iterator[str]:
    """Each thread holds each audit entry once, in order."""
    for request in requests(town):
        wanted = [told(entry) for entry in town.bench.store.ledger.chain.of(request.id)]
        card = next((each for each in town.cards() if each.ts == town.bench.store.cards.load(request.id).ts), None)
        found = _lines(town, card) if card else []
        if [line.partition(" <@")[0] for line in found] != [line.partition(" <@")[0] for line in wanted]:
            twice = {line for line in found if found.count(line) > wanted.count(line)}
            missing = [line for line in wanted if line not in found]
            yield f"the thread of {request.id} is not its story: missing {missing[:3]}, twice {sorted(twice)[:3]}"


def _lines(town: Town, card: Seen) -> list[str]:
    return [line for each in town.rita.thread(card)[1:] for line in each.text.splitlines()]


def registry(town: Town) -> Iterator[str]:
    """What was asked for is gone, and the rest can be pulled."""
    removals = [each for each in requests(town) if each.action is Action.REMOVE]
    gone = {target for each in removals for target in each.targets}
    with Remote(town.whole.sample.url) as remote:
        left = [f"load/app:{tag}" for tag in remote.tags("load/app")]
        yield from (f"{each} was to go and is there" for each in left if each in gone)
        yield from (f"load/app:1.{n} is gone" for n in range(IMAGES) if f"load/app:1.{n}" not in {*gone, *left})
        for name in left:
            remote.pull(*name.split(":"))


TOWN_INVARIANTS: Final[tuple[Callable[[Town], Iterator[str]], ...]] = (
    ended,
    struck,
    chain,
    cards,
    threads,
    registry,
)
