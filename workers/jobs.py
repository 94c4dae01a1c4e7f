"""Jobs: what RQ calls; each takes the id of one record, and can be run any number of times."""

from workers.collecting import collect_request
from workers.looking import look_up
from workers.planning import plan_request
from workers.removal import execute_request
from workers.runtime import runtime


def plan(request_id: str) -> None:
    """Plan a removal."""
    plan_request(runtime(), request_id)


def survey(request_id: str) -> None:
    """Plan what needs the collector's dry run."""
    plan_request(runtime(), request_id)


def execute(request_id: str) -> None:
    """Carry out an approved removal."""
    execute_request(runtime(), request_id)


def collect(request_id: str) -> None:
    """Carry out an approved collection."""
    collect_request(runtime(), request_id)


def look(lookup_id: str) -> None:
    """Answer `ls`."""
    look_up(runtime(), lookup_id)
