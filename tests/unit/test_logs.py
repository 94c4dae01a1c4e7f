"""Every log line of a process is JSON that names it, whoever logs, from whichever thread, and whatever it is given."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import structlog
from structlog.contextvars import get_contextvars

from bot.listeners.context import name_payload
from tests.otlp import Receiver
from tests.samples import request
from workers.store.context import about, name_request

ROOT = Path(__file__).parents[2]
PLANTED = "the-secret-of-this-test"
PROGRAM = f"""
import logging, threading, warnings
import structlog
from cli import logs
from workers.config import Secret
from workers.store.context import about

logs.set_up("worker clean")
log = structlog.get_logger("regclean")
held = Secret("{PLANTED}")
with about(request="r-1", registry="prod", user="U1", job=""):
    log.info("inside", token=held, tokens=[held, (held,)], by_name={{"a": held}})
    logging.getLogger("library").warning("from a library: %s", held)
log.info("outside")
thread = threading.Thread(target=lambda: log.info("in a thread"))
thread.start()
thread.join()
warnings.warn("an old way")
broken = threading.Thread(target=lambda: 1 / 0)
broken.start()
broken.join()
raise KeyError("the end")
"""


def said_by(program: str, **given: str) -> list[dict[str, Any]]:
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], **given}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.stdout == ""
    assert PLANTED not in ran.stderr
    return [json.loads(line) for line in ran.stderr.splitlines()]


def test_each_line_is_json_that_names_the_process_and_what_it_is_about() -> None:
    lines = said_by(PROGRAM)
    assert [line["process"] for line in lines] == ["worker clean"] * 7
    inside, library, outside, thread, warning, broken, end = lines
    for line in (inside, library):
        assert (line["request"], line["registry"], line["user"]) == ("r-1", "prod", "U1")
        assert "job" not in line
    assert (inside["token"], inside["tokens"], inside["by_name"]) == ("…", ["…", ["…"]], {"a": "…"})
    assert "request" not in outside
    assert thread["event"] == "in a thread"
    assert "an old way" in warning["event"]
    assert "ZeroDivisionError" in broken["exception"]
    assert (end["level"], end["event"]) == ("critical", "process.failed")
    assert "KeyError: 'the end'" in end["exception"]


def test_a_request_names_its_registry_and_who_asked() -> None:
    asked = request()
    with about(job="plan-R-1-1"):
        name_request(asked)
        named = get_contextvars()
    assert named == {"job": "plan-R-1-1", "request": "R-1", "registry": "prod", "user": asked.requester}
    assert get_contextvars() == {}


async def test_a_payload_names_its_person_and_request_and_forgets_the_one_before() -> None:
    seen: list[dict[str, Any]] = []

    async def handle() -> None:
        seen.append(dict(structlog.contextvars.get_contextvars()))

    click = {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"value": "r-abcdefgh 0123", "action_id": "x"}]}
    await name_payload(click, handle)
    await name_payload({"type": "block_actions", "user": {"id": "U2"}, "actions": [{"selected_option": {}}]}, handle)
    await name_payload({"command": "/regclean", "user_id": "U3"}, handle)
    assert seen == [
        {"payload": "block_actions", "user": "U1", "request": "r-abcdefgh"},
        {"payload": "block_actions", "user": "U2"},
        {"payload": "/regclean", "user": "U3"},
    ]


TRACED = """
import os
import structlog
from cli import logs
from cli.tracing import traced
from workers.store import tracing

logs.set_up("worker clean")
log = structlog.get_logger("regclean")
with traced("worker clean", os.environ):
    with tracing.step("work"):
        here = tracing.current()
        log.info("inside", expected=[f"{here.trace:032x}", f"{here.span:016x}"])
    log.info("outside")
"""


def test_while_traces_are_told_each_line_says_in_which_it_was_logged() -> None:
    with Receiver() as receiver:
        inside, outside = said_by(TRACED, **receiver.environment)
        (span,) = receiver.spans
    assert [inside["trace_id"], inside["span_id"]] == inside["expected"] == [span.trace, span.id]
    assert {"trace_id", "span_id"}.isdisjoint(outside)
