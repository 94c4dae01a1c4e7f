"""Tracing is off by default and then costs no import; where it is asked for and not installed, that is one sentence."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from cli.tracing import traced
from tests.otlp import Received, Receiver
from workers.core.errors import BadInput, Unavailable
from workers.store import exporting, tracing
from workers.store.context import about, name
from workers.store.tracing import Kind, Opening

ROOT = Path(__file__).parents[2]
EVERYTHING = """
import sys
import bot.app, bot.replies, cli.doctor.command, cli.main, cli.processes, workers.exposition, workers.jobs
import workers.sweeper, workers.watching
from cli.tracing import traced
from workers.store import tracing
from workers.store.consumer import consume
with traced("bot", {}):
    with tracing.work(tracing.Opening(name="job")), tracing.call("GET", {}), tracing.step("step"):
        assert tracing.current() is None
# Of what is installed, redis-py imports what it would need for figures of its own.
parts = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.proto", "workers.store.telemetry")
print(sorted(name for name in sys.modules if name.startswith(parts)))
"""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """What this process is told to tell its spans to."""
    with Receiver() as running:
        for variable, value in running.environment.items():
            monkeypatch.setenv(variable, value)
        yield running


def told(receiver: Receiver) -> dict[str, Received]:
    return {span.name: span for span in receiver.spans}


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, *words], env=plain | environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_without_an_address_nothing_of_it_is_imported() -> None:
    ran = run("-c", EVERYTHING)
    assert ran.stdout == "[]\n", ran.stderr


@pytest.mark.parametrize("words", [["bot"], ["worker", "clean"], ["replies"], ["sweep"], ["up"]])
def test_where_it_is_not_installed_that_is_said(words: list[str], tmp_path: Path) -> None:
    missing = tmp_path / "opentelemetry" / "__init__.py"
    missing.parent.mkdir()
    missing.write_text("raise ModuleNotFoundError(name='opentelemetry')\n")
    given = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    ran = run("-m", "cli", *words, **given)
    assert ran.returncode == 2
    assert ran.stderr == (
        "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not installed; "
        "run pip install 'regclean[tracing]', or unset it.\n"
    )


def test_a_wrong_variable_ends_a_process_with_a_sentence() -> None:
    given = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SPAN_EVENT_COUNT_LIMIT": "-1"}
    ran = run("-m", "cli", "bot", **given)
    assert ran.returncode == 2
    assert "OTEL_SPAN_EVENT_COUNT_LIMIT" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_spans_name_what_log_lines_name_and_what_is_named_later(receiver: Receiver) -> None:
    opening = Opening(name="job", kind=Kind.CONSUMER)
    with traced("worker clean", os.environ), about(job="execute-r-1-1", user=""), tracing.work(opening):
        name(request="r-1", registry="prod")
        with tracing.call("GET", {"n": 1}):
            pass
    job, call = told(receiver)["job"], told(receiver)["GET"]
    assert job.facts == {"regclean.job": "execute-r-1-1", "regclean.request": "r-1", "regclean.registry": "prod"}
    assert call.facts == {**job.facts, "n": 1}
    assert (job.kind, call.kind, call.parent, call.trace) == ("consumer", "client", job.id, job.trace)


def test_the_resource_says_which_process_it_is(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.instance.id=i-1")
    with traced("worker clean", os.environ), tracing.step("work"):
        pass
    about_it = told(receiver)["work"].resource
    assert about_it["service.name"] == "regclean"
    assert about_it["regclean.process"] == "worker clean"
    assert about_it["service.instance.id"] == "i-1"
    assert about_it["deployment.environment.name"] == "test"
    assert receiver.paths == {"/v1/traces"}


def test_what_fails_says_by_which_error_and_never_its_words(receiver: Receiver) -> None:
    def failing(error: Exception) -> None:
        with pytest.raises(type(error)), tracing.step(type(error).__name__):
            raise error

    with traced("bot", os.environ):
        failing(Unavailable("with secret words"))
        failing(BadInput("as somebody typed it"))
    spans = told(receiver)
    assert spans["Unavailable"].failed
    assert spans["Unavailable"].facts == {"error.type": "Unavailable"}
    assert not spans["BadInput"].failed
    assert b"secret words" not in b"".join(receiver.bodies)


def test_calls_are_told_as_part_of_something_and_not_without_end(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "MOST_CALLS", 3)
    with traced("worker gc", os.environ):
        with tracing.call("on its own", {}):
            pass
        with tracing.work(Opening(name="job")):
            for number in range(5):
                with tracing.call(f"call {number}", {}):
                    pass
    spans = told(receiver)
    assert sorted(spans) == ["call 0", "call 1", "call 2", "job"]
    assert spans["job"].facts == {"regclean.calls_left_out": 2}


def test_what_is_not_sampled_is_not_told_and_goes_on_untold(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    with traced("bot", os.environ), tracing.step("work"):
        here = tracing.current()
        assert here
        assert not here.sampled
    assert receiver.bodies == []


@pytest.mark.parametrize("status", [400, 503])
def test_a_receiver_that_refuses_is_left_alone_for_a_while_and_told_of_once(
    receiver: Receiver, status: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.5")
    monkeypatch.setattr(exporting, "AGAIN_AFTER", 1.0)
    receiver.status = status
    with structlog.testing.capture_logs() as lines, traced("bot", os.environ):
        for number in range(3):
            with tracing.step(f"lost {number}"):
                pass
            tracing.flush(5)
        assert len(receiver.headers) == 1
        receiver.status = 200
        time.sleep(1.1)
        with tracing.step("told"):
            pass
    assert sorted(told(receiver)) == ["told"]
    assert [line["event"] for line in lines] == ["traces.unsent", "traces.sent"]
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []


def test_a_process_ends_although_its_receiver_hangs(receiver: Receiver) -> None:
    receiver.hangs.set()
    with traced("bot", os.environ):
        with tracing.step("work"):
            pass
        began = time.monotonic()
    assert time.monotonic() - began < 4


def test_headers_are_sent_and_no_proxy_of_the_environment_is_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc")
    with traced("bot", os.environ), tracing.step("work"):
        pass
    assert "work" in told(receiver)
    assert receiver.headers[0]["authorization"] == "Bearer abc"
