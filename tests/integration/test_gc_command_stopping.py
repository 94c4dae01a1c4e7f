"""A collector that runs: seen and stopped by whoever has its token, and nobody else stopped in its place."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.gc_runners import (
    PRINT_REPORT,
    collecting,
    nothing,
    pid_in,
    runner,
    runs,
    sh,
    until,
    worker,
)
from workers import procfs
from workers.core.errors import CollectorError
from workers.gc.footprint import Footprint
from workers.procfs import MACHINES_OWN, Surroundings

SLOW = sh("sleep 300")
NOBODY = 2**22 + 1  # one more than Linux ever gives out


@pytest.fixture
def bystander() -> Iterator["subprocess.Popen[bytes]"]:
    """A process with a session of its own, which has nothing to do with collecting."""
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as process:
        yield process
        process.kill()


def test_a_collector_of_this_process_is_seen_until_it_is_stopped() -> None:
    running = runner(collect=SLOW)

    with collecting(running) as seen:
        assert running.is_collecting(seen.token)
        running.stop(seen.token)
        assert not running.is_collecting(seen.token)

    assert [str(outcome) for outcome in seen.outcome] == ["“sh” was stopped by signal 15 before it was done."]


def test_stopping_twice_and_stopping_nothing_is_fine() -> None:
    running = runner(collect=SLOW)
    with collecting(running) as seen:
        running.stop(seen.token)

    running.stop(seen.token)
    running.stop(None)
    assert not running.is_collecting(None)


def test_a_collector_that_is_done_is_not_seen_any_more() -> None:
    tokens: list[str] = []
    running = runner()

    running.collect(tokens.append)

    assert not running.is_collecting(tokens[0])


def test_another_process_stops_it_with_all_it_started(tmp_path: Path) -> None:
    child = tmp_path / "child"
    running = runner(collect=sh(f"trap '' TERM; sleep 300 & echo $! > {child}; wait; sleep 300"))
    stop = "import sys; from tests.integration.gc_runners import runner; runner(grace=0.5).stop(sys.argv[1])"

    with collecting(running) as seen:
        pid = pid_in(child)
        subprocess.run([sys.executable, "-c", stop, seen.token], check=True, timeout=30)

        assert not running.is_collecting(seen.token)
        assert not runs(pid)


def test_it_begins_only_when_its_token_has_been_kept(tmp_path: Path) -> None:
    began = tmp_path / "began"
    running = runner(collect=sh(f"touch {began}; {PRINT_REPORT}"))
    tokens: list[str] = []

    def fail(token: str) -> None:
        tokens.append(token)
        assert running.is_collecting(token)
        raise ConnectionError("the token was not kept")

    with pytest.raises(ConnectionError):
        running.collect(fail)

    assert not running.is_collecting(tokens[0])
    assert not began.exists()
    running.collect(nothing)
    assert began.exists()


def test_it_never_begins_when_the_worker_dies_before_the_token_was_kept(tmp_path: Path) -> None:
    began = tmp_path / "began"
    with worker(tmp_path, hang=True, collect=sh(f"touch {began}")) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

        token = (tmp_path / "token").read_text()
        assert until(lambda: not runner().is_collecting(token))
        assert not began.exists()


def test_it_ends_with_its_worker(tmp_path: Path) -> None:
    with worker(tmp_path, collect=("sleep", "300")) as process:
        token = (tmp_path / "token").read_text()
        assert runner().is_collecting(token)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

        assert until(lambda: not runner().is_collecting(token))


@pytest.mark.parametrize("leader", ["dies", "stays"])
def test_what_outlives_its_worker_is_seen_and_stopped(tmp_path: Path, leader: str) -> None:
    child = tmp_path / "child"
    stubborn = "trap '' TERM; " if leader == "stays" else ""
    wrapper = sh(f"{stubborn}sleep 300 & echo $! > {child}; wait")
    with worker(tmp_path, collect=wrapper) as process:
        token = (tmp_path / "token").read_text()
        pid = pid_in(child)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert leader == "stays" or until(lambda: not runs(Footprint.parse(token).pid))
        mender = runner(grace=0.5)

        assert mender.is_collecting(token)
        mender.stop(token)
        assert not mender.is_collecting(token)
        assert not runs(pid)


def test_a_child_whose_leader_is_gone_is_still_the_collector(tmp_path: Path) -> None:
    child = tmp_path / "child"
    running = runner(collect=sh(f"sleep 300 & echo $! > {child}; wait"), grace=20)
    with worker(tmp_path, collect=running.settings.collect) as process:
        token = (tmp_path / "token").read_text()
        pid = pid_in(child)
        os.kill(process.pid, signal.SIGSTOP)
        os.kill(Footprint.parse(token).pid, signal.SIGKILL)

        assert running.is_collecting(token)
        running.stop(token)
        assert not runs(pid)


@pytest.mark.parametrize("ticks", [-1, 1])
def test_a_process_that_bears_the_same_id_later_is_not_the_collector(
    bystander: "subprocess.Popen[bytes]", ticks: int
) -> None:
    theirs = Footprint.of(bystander.pid)
    token = str(replace(theirs, started=theirs.started + ticks))
    running = runner()

    assert runner().is_collecting(str(theirs))
    assert not running.is_collecting(token)
    running.stop(token)
    assert bystander.poll() is None


def refuse(_pid: int, _number: int) -> None:
    raise PermissionError


def test_a_collector_of_another_user_is_not_said_to_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where /proc hides other users' processes, only a refused signal tells that there is one."""
    token = str(replace(Footprint.of(os.getpid()), pid=NOBODY))
    monkeypatch.setattr(os, "killpg", refuse)

    for ask in (runner().is_collecting, runner(grace=0.1).stop):
        with pytest.raises(CollectorError, match="cannot be seen from here"):
            ask(token)


def test_a_collector_that_may_not_be_stopped_is_told(
    monkeypatch: pytest.MonkeyPatch, bystander: "subprocess.Popen[bytes]"
) -> None:
    token = str(Footprint.of(bystander.pid))

    with monkeypatch.context() as patch:
        patch.setattr(os, "kill", refuse)
        with pytest.raises(CollectorError, match="runs as another user"):
            runner().stop(token)


def test_a_collector_that_outlives_every_signal_is_told(
    monkeypatch: pytest.MonkeyPatch, bystander: "subprocess.Popen[bytes]"
) -> None:
    token = str(Footprint.of(bystander.pid))

    with monkeypatch.context() as patch:
        patch.setattr(os, "kill", lambda _pid, _number: None)
        with pytest.raises(CollectorError, match="does not end, not even by SIGKILL"):
            runner(grace=0.1).stop(token)


OTHER = Surroundings(boot="another boot", namespace=MACHINES_OWN, machine="this machine")
TOKEN_OF_OTHER = str(Footprint(pid=1234, started=5, boot="b", namespace=MACHINES_OWN, machine="this machine"))


@pytest.mark.parametrize(
    ("there", "gone"),
    [
        (OTHER, True),
        (replace(OTHER, machine="another machine"), False),
        (replace(OTHER, machine=""), False),
        (replace(OTHER, namespace="pid:[4026532281]"), False),
        (replace(OTHER, boot="b", namespace="pid:[4026532281]"), False),
    ],
    ids=["rebooted", "another machine", "unknown machine", "container", "container of this machine"],
)
def test_only_a_reboot_of_this_very_machine_is_proof_that_it_is_gone(
    monkeypatch: pytest.MonkeyPatch, there: Surroundings, gone: bool
) -> None:
    monkeypatch.setattr(Surroundings, "here", lambda: there)

    if gone:
        assert not runner().is_collecting(TOKEN_OF_OTHER)
        runner().stop(TOKEN_OF_OTHER)
        return
    for ask in (runner().is_collecting, runner().stop):
        with pytest.raises(CollectorError, match="on another machine or in another container"):
            ask(TOKEN_OF_OTHER)


def test_where_processes_cannot_be_seen_nothing_is_collected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    began = tmp_path / "began"
    monkeypatch.setattr(procfs, "_PROC", tmp_path)

    with pytest.raises(CollectorError, match="run the workers on Linux"):
        runner(collect=sh(f"touch {began}")).collect(nothing)

    assert not began.exists()


def test_a_process_that_is_gone_has_no_footprint() -> None:
    with pytest.raises(CollectorError, match="ended before it could be written down"):
        Footprint.of(NOBODY)


def test_two_machines_without_an_id_are_not_the_same_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Surroundings, "here", lambda: replace(OTHER, machine=""))
    token = str(replace(Footprint.parse(TOKEN_OF_OTHER), machine=""))

    with pytest.raises(CollectorError, match="cannot be seen"):
        runner().is_collecting(token)


@pytest.mark.parametrize(
    "token",
    [
        "nonsense",
        "[]",
        "{}",
        "[" * 100_000,
        '{"pid": 1e999, "started": 1}',
        json.dumps({**json.loads(TOKEN_OF_OTHER), "pid": 1}),
        TOKEN_OF_OTHER.replace("5", '"x"'),
    ],
)
def test_a_spoilt_token_is_refused(token: str) -> None:
    for ask in (runner().is_collecting, runner().stop):
        with pytest.raises(CollectorError, match="What was written down about the running collector"):
            ask(token)


@pytest.mark.parametrize(("script", "answer"), [("exit 0", True), ("echo 4711", True), ("exit 1", False)])
def test_a_collector_elsewhere_is_seen_by_asking(script: str, answer: bool) -> None:
    assert runner(collecting=sh(script)).is_collecting(None) == answer


@pytest.mark.parametrize(
    "script", ["exit 2", "exit 255", "echo 'cannot connect to the daemon' >&2; exit 1", "echo 0; exit 1", "kill -9 $$"]
)
def test_an_answer_that_may_be_a_failure_is_no_answer(script: str) -> None:
    with pytest.raises(CollectorError, match="cannot be seen: `collecting` ended with exit code"):
        runner(collecting=sh(script)).is_collecting(None)


def test_a_collector_elsewhere_is_stopped_by_command_and_seen_gone(tmp_path: Path) -> None:
    flag = tmp_path / "collecting"
    flag.touch()
    running = runner(collecting=("test", "-e", str(flag)), stop=[sh("echo none >&2; exit 1"), ["rm", str(flag)]])

    running.stop(None)

    assert not flag.exists()


def test_a_collector_elsewhere_that_goes_on_is_told_with_why(tmp_path: Path) -> None:
    running = runner(collecting=("true",), stop=[sh("echo 'permission denied' >&2; exit 1")], grace=0.3)

    with pytest.raises(CollectorError, match=r"still runs although it was told to stop.*permission denied"):
        running.stop(None)
