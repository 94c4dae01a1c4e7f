"""Jobs: what RQ calls; each takes the id of one record, and can be run any number of times."""

from collections.abc import Callable

from workers.collecting import collect_request
from workers.looking import look_up
from workers.planning import plan_request
from workers.removal import execute_request
from workers.runtime import Runtime, runtime
from workers.store.context import name_request


def plan(request_id: str) -> None:
    """Plan a removal."""
    _work(plan_request, request_id)


def survey(request_id: str) -> None:
    """Plan what needs the collector's dry run."""
    _work(plan_request, request_id)


def execute(request_id: str) -> None:
    """Carry out an approved removal."""
    _work(execute_request, request_id)


def collect(request_id: str) -> None:
    """Carry out an approved collection."""
    _work(collect_request, request_id)


def look(lookup_id: str) -> None:
    """Answer `ls`."""
    look_up(runtime(), lookup_id)


def _work(task: Callable[[Runtime, str], None], request_id: str) -> None:
    opened = runtime()
    name_request(opened.store.ledger.load(request_id))
    task(opened, request_id)
