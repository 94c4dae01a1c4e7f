"""One request in traces: from the command to the registry's answers in one, from the approver's click on in another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.parts import binaries
from demo.workspace import Seen
from demo.workspace.content import ADA, RITA
from demo.workspace.settings import Rates
from demo.world import World, WorldSettings, world
from tests.crew import eventually
from tests.otlp import Received, Receiver
from tests.scenario.conftest import WAYS

PATIENCE = 40.0


@dataclass(frozen=True, slots=True)
class Traced:
    """A world whose processes tell their spans, and where they tell them."""

    world: World
    receiver: Receiver

    def carried_out(self, command: str) -> str:
        """Rita asks, Ada approves, it is done; the request's id."""
        rita, ada = self.world.workspace.rita, self.world.workspace.ada
        before = {each.ts for each in rita.sees()}
        rita.types(command)

        def is_card(message: Seen) -> bool:
            return message.ts not in before and "Approve" in message.buttons

        card = rita.waits_for(is_card, seconds=PATIENCE)
        ada.clicks(card, "Approve")
        done = rita.waits_until(card, lambda each: "*Done*" in each.plain, PATIENCE)
        return next(word.strip("`·.,") for word in done.plain.split() if word.strip("`·.,").startswith("r-"))

    def of(self, request_id: str) -> list[Received]:
        return [span for span in self.receiver.spans if request_id in str(span.facts.get("regclean.request"))]

    def in_trace(self, trace: str) -> list[Received]:
        return [span for span in self.receiver.spans if span.trace == trace]

    def ended(self, trace: str) -> list[Received]:
        """Its spans, once each that has some below it was told, too: a span is told when it ends."""
        eventually(lambda: not _orphans(self.in_trace(trace)), 30)
        return self.in_trace(trace)

    def root(self, request_id: str, name: str) -> Received:
        """The span that a payload of Slack's began, once it was told."""
        eventually(lambda: any(span.name == name for span in self.of(request_id)), 20)
        (found,) = (span for span in self.of(request_id) if span.name == name)
        assert found.parent == ""
        return found


def _orphans(spans: Sequence[Received]) -> list[str]:
    ids = {span.id for span in spans}
    return [span.name for span in spans if span.parent and span.parent not in ids]


@pytest.fixture(scope="module", params=WAYS)
def traced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    mode, version = request.param
    assert version in binaries.REGISTRY_VERSIONS
    folder: Path = tmp_path_factory.mktemp("world")
    with Receiver() as receiver:
        settings = WorldSettings(
            mode=mode, version=version, rates=Rates(post_burst=50), environment=receiver.environment
        )
        with world(folder, settings) as running:
            yield Traced(running, receiver)


def children(spans: Sequence[Received], parent: Received) -> dict[str, Received]:
    """What is right below it, by name; one of each."""
    return {span.name: span for span in spans if span.parent == parent.id}


def test_a_removal_is_two_traces_that_lead_to_each_other(traced: Traced) -> None:
    request_id = traced.carried_out("/regclean rm sample/library/busybox:1.36.1 --reason old")
    asked, clicked = traced.root(request_id, "command /regclean"), traced.root(request_id, "click approve")
    eventually(lambda: "job execute" in children(traced.receiver.spans, clicked), 20)

    assert asked.trace != clicked.trace
    assert clicked.links == {asked.trace}
    assert (asked.facts["regclean.user"], clicked.facts["regclean.user"]) == (RITA, ADA)
    assert {each.facts["regclean.registry"] for each in (asked, clicked)} == {"sample"}

    first, second = traced.in_trace(asked.trace), traced.in_trace(clicked.trace)
    plan = children(first, asked)["job plan"]
    assert (plan.process, plan.kind, plan.facts["messaging.destination.name"]) == (
        "worker lookup",
        "consumer",
        "lookup",
    )
    assert "GET /v2/{name}/tags/list" in children(first, plan)
    execute = children(second, clicked)["job execute"]
    assert execute.process == "worker clean"
    delete = children(second, execute)["DELETE /v2/{name}/manifests/{reference}"]
    assert (delete.kind, delete.facts["http.request.method"]) == ("client", "DELETE")
    assert delete.facts["http.response.status_code"] == 202
    assert delete.facts["url.full"].startswith(traced.world.sample.url)
    assert not delete.failed


def test_the_card_is_posted_in_the_trace_of_what_it_tells(traced: Traced) -> None:
    request_id = traced.carried_out("/regclean rm sample/demo/nginx:1.26")
    asked = traced.root(request_id, "command /regclean")
    eventually(lambda: any(span.name == "slack chat.postMessage" for span in traced.in_trace(asked.trace)), 20)
    spans = traced.ended(asked.trace)
    posted = next(span for span in spans if span.name == "slack chat.postMessage")
    (show,) = (span for span in spans if span.id == posted.parent)
    assert (show.name, show.process) == ("job show", "replies")
    assert posted.facts["slack.outcome"] == "ok"


def test_every_span_names_its_request_and_hangs_together(traced: Traced) -> None:
    request_id = traced.carried_out("/regclean rm sample/registry:latest")
    roots = [traced.root(request_id, "command /regclean"), traced.root(request_id, "click approve")]
    eventually(lambda: "job execute" in children(traced.receiver.spans, roots[1]), 20)
    for root in roots:
        spans = traced.ended(root.trace)
        assert len(spans) > 3
        assert [span.name for span in spans if span.facts.get("regclean.request") != request_id] == []
        assert {span.resource["service.name"] for span in spans} == {"regclean"}


def test_a_collection_tells_its_fence_and_its_phases(traced: Traced) -> None:
    request_id = traced.carried_out("/regclean gc sample")
    asked, clicked = traced.root(request_id, "command /regclean"), traced.root(request_id, "click approve")
    eventually(lambda: "job collect" in children(traced.receiver.spans, clicked), 20)
    survey = children(traced.in_trace(asked.trace), asked)["job survey"]
    assert "dry run" in children(traced.in_trace(asked.trace), survey)
    spans = traced.in_trace(clicked.trace)
    phases = children(spans, children(spans, clicked)["job collect"])
    assert {"fence", "dry run", "collect", "unfence", "verify"} <= set(phases)
    assert "POST /v2/{name}/blobs/uploads/" in children(spans, phases["fence"])


def test_a_question_is_one_trace(traced: Traced) -> None:
    rita = traced.world.workspace.rita
    before = {each.ts for each in rita.sees()}
    rita.types("/regclean ls empty")
    rita.waits_for(lambda each: each.ts not in before and "nothing here" in each.plain, seconds=PATIENCE)

    def traces() -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for span in traced.receiver.spans:
            if span.facts.get("regclean.lookup"):
                found.setdefault(span.trace, set()).add(span.name)
        return found

    wanted = {"command /regclean", "job look", "job answer"}
    eventually(lambda: any(wanted <= names for names in traces().values()), 20)
