"""Service: opens, decides, cancels and looks up, over one Store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from bot.cards.shown import Overview, Shown
from bot.service import asking, deciding, explaining, names
from bot.service.asking import Asked, Opened, Wish
from bot.service.deciding import Authority, Clicked
from bot.service.explaining import Explained
from bot.wording import near
from workers.config import Config
from workers.core.errors import BadInput, BadRecord
from workers.core.listing import Listing, Query
from workers.core.names import Reference, RepositoryName
from workers.core.plan import Plan
from workers.core.request import Action, Origin, Request, State
from workers.core.rules import Denial
from workers.store.lookups import Lookup
from workers.store.store import Store

_RECENT: Final = 200
_OWN: Final = 8


@dataclass(frozen=True, slots=True)
class Service:
    """Blocking, within a few seconds at most; every method may raise Unavailable, which means nothing was taken."""

    store: Store
    config: Config

    def open_remove(self, images: Mapping[str, Sequence[Reference]], asked: Asked) -> list[Opened]:
        """One request for each registry; the same ones when the same payload comes again. Raises BadInput."""
        return self._open(asking.remove(images, self.config), asked)

    def open_untagged(self, repositories: Mapping[str, Sequence[RepositoryName]], asked: Asked) -> list[Opened]:
        """Raises BadInput where a registry has no collector to find untagged manifests with."""
        return self._open(asking.untagged(repositories, self.config), asked)

    def open_collect(self, registry: str, asked: Asked, *, accepts_damage: bool = False) -> Opened | Denial:
        """Refused while another collection of this registry is open; raises BadInput where none is configured."""
        asking.check_collectable(self.config, registry, "gc")
        going_on = self._open_collection(registry)
        if going_on and going_on != names.request_id(asked.payload):
            return Denial(f"{going_on} asks for the same already; look at its card.")
        return self._open([Wish(action=Action.COLLECT, registry=registry, accepts_damage=accepts_damage)], asked)[0]

    def collect_after(self, request_id: str, asked: Asked) -> Opened | Denial:
        """A collection of the registry that a request has cleaned."""
        removal = self.store.ledger.load(request_id)
        if by := self.store.collected.by(removal):
            return Denial(f"What {removal.id} took was collected already, by {by}; its card says how that went.")
        return self.open_collect(removal.registry, asked)

    def again(self, request_id: str, asked: Asked) -> Opened | Denial:
        """The same wish anew, for whoever asks; the reason stays."""
        before = self.store.ledger.load(request_id)
        if not before.state.is_final:
            return Denial(f"{before.id} is still {before.state.value}; there is nothing to plan again yet.")
        renewed = replace(asked, reason=asked.reason or before.reason)
        if before.action is Action.COLLECT:
            return self.open_collect(before.registry, renewed, accepts_damage=before.accepts_damage)
        if before.action is Action.UNTAGGED:
            asking.check_collectable(self.config, before.registry, before.action.value)
        self.config.registry(before.registry)
        return self._open([Wish(action=before.action, registry=before.registry, targets=before.targets)], renewed)[0]

    def _open(self, wishes: Iterable[Wish], asked: Asked) -> list[Opened]:
        changes = asking.opening(wishes, asked, self.store.clock())
        wanted = [change.request for change in changes]
        admit = partial(asking.check_room, wanted, config=self.config)
        is_new = self.store.ledger.open(changes, asked.payload, admit)
        return [
            Opened(request=request, channel=self.config.channel_of(request.registry), is_new=is_new)
            for request in wanted
        ]

    def _open_collection(self, registry: str) -> str | None:
        requests = self.store.ledger.load_all(self.store.ledger.open_ids())
        found = (each.id for each in requests if each.action is Action.COLLECT and each.registry == registry)
        return next(found, None)

    def look(self, query: Query, asker: str, origin: Origin, payload: str) -> Lookup:
        """Ask a question that changes nothing; its answer is posted by a job of its own."""
        lookup = Lookup(id=names.lookup_id(payload), asker=asker, origin=origin, query=query)
        self.store.lookups.open(lookup, payload)
        return lookup

    def listing(self, lookup_id: str) -> tuple[Lookup, Listing]:
        """A question and its answer, for an hour; raises BadRecord after that."""
        return self.store.lookups.load(lookup_id), self.store.lookups.listing(lookup_id)

    def decide(self, clicked: Clicked) -> Request | Denial:
        """Decision, audit entry and job in one transaction; a Denial says why not, to the person who clicked."""
        decide = deciding.deciding(clicked, self._authority())
        return self.store.ledger.change(clicked.request_id, decide)

    def may_explain(self, request_id: str, actor: str) -> Denial | None:
        """Why this person cannot say why the request was denied; nothing when they can."""
        return explaining.may_explain(self.store.ledger.load(request_id), actor, self.store.clock())

    def explain(self, request_id: str, actor: str, why: str) -> Request | Denial:
        """Put somebody's words beside their denial; raises BadInput for none, or too many."""
        explained = Explained(actor=actor, why=why, now=self.store.clock())
        return self.store.ledger.change(request_id, explaining.explaining(explained))

    def cancel(self, request_id: str, actor: str) -> Request | Denial:
        return self.store.ledger.change(request_id, deciding.cancelling(actor, self._authority()))

    def _authority(self) -> Authority:
        approvals = self.config.approvals
        return Authority(
            approvers=approvals.approvers, expiry=approvals.expiry, keys=self.store.keys, now=self.store.clock()
        )

    def find(self, typed: str) -> str:
        """The request that somebody typed; raises BadInput with the nearest one."""
        request_id = names.read_request_id(typed)
        recent = self.store.ledger.recent_ids(_RECENT)
        if request_id in recent or self._exists(request_id):
            return request_id
        meant = near(request_id, recent)
        hint = f"did you mean {meant}?" if meant else "its id stands on its card."
        raise BadInput(f"There is no request {request_id}; {hint}")

    def _exists(self, request_id: str) -> bool:
        try:
            self.store.ledger.load(request_id)
        except BadRecord:
            return False
        return True

    def shown(self, request_id: str) -> Shown:
        """Everything that the card of a request is drawn from; raises BadRecord when there is no such request."""
        request = self.store.ledger.load(request_id)
        collected_by = self.store.collected.by(request)
        return Shown(
            request=request,
            plan=self._plan(request),
            outcomes=self.store.journal.outcomes(request_id),
            approvers=self.config.approvals.approvers,
            collects=self.collects(request.registry),
            collected_by=collected_by,
            links=self.links([*request.group, *filter(None, [collected_by])]),
        )

    def _plan(self, request: Request) -> Plan | None:
        """None before there is one, and once a request is so old that only its state is kept."""
        if request.state is State.PLANNING:
            return None
        try:
            return self.store.ledger.plan(request.id)
        except BadRecord:
            if request.state.is_final:
                return None
            raise

    def collects(self, registry: str) -> bool:
        return any(each.gc is not None for each in self.config.registries if each.name == registry)

    def links(self, request_ids: Iterable[str]) -> dict[str, str]:
        """The addresses of cards that were posted."""
        listed = list(dict.fromkeys(request_ids))
        cards = zip(listed, self.store.cards.load_all(listed), strict=True)
        return {each: card.permalink for each, card in cards if card.permalink}

    def overview(self, person: str) -> Overview:
        """What waits for this person, what they asked for, and what else is open."""
        ledger = self.store.ledger
        still_open = ledger.load_all(ledger.open_ids()[::-1])
        recent = ledger.load_all(ledger.recent_ids(_RECENT // 4))
        waiting = [each for each in still_open if self._may_decide(each, person)]
        own = [each for each in still_open if each.requester == person]
        own += [each for each in recent if each.requester == person and each.state.is_final]
        taken = {each.id for each in (*waiting, *own)}
        others = [each for each in still_open if each.id not in taken]
        kept = own[: max(_OWN, sum(not each.state.is_final for each in own))]
        links = self.links(each.id for each in (*waiting, *kept, *others))
        return Overview(waiting=waiting, own=kept, others=others, links=links)

    def _may_decide(self, request: Request, person: str) -> bool:
        is_approver = person in self.config.approvals.approvers
        return is_approver and request.state is State.PENDING and request.requester != person
