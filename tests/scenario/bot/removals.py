"""Removals of Rita's as they stand in the channel, for tests that begin where they end."""

from demo.workspace import Seen
from tests.office import Office
from tests.samples import PLAN
from workers.core.outcome import Outcome, Result
from workers.core.request import Request, State


def finished(at: Office, state: State) -> tuple[Request, Seen]:
    """A removal of Rita's that has ended, and its card."""
    request = at.approved(PLAN)
    at.starts(request)
    did = Result.DONE if state is State.DONE else Result.SKIPPED
    at.steps(request, [Outcome(step=number, result=did) for number in range(2)])
    request = at.ends(request, state)
    at.settle()
    return request, at.card(request)
