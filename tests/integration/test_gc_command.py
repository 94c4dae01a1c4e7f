"""The command runner: how commands are run, judged and ended."""

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.gc_runners import (
    PRINT_REPORT,
    nothing,
    pid_in,
    printing,
    runner,
    runs,
    settings,
    sh,
    summary,
    until,
)
from workers.core.collection import Summary
from workers.core.errors import CollectorError
from workers.core.names import RepositoryName
from workers.gc.storage import Storage
from workers.gc.table import RUNNERS


def test_the_table_opens_the_runner_by_its_name() -> None:
    assert RUNNERS["command"](settings()).dry_run().summary == Summary(marked=0, blobs=0, manifests=0)


def test_dry_run_and_collect_each_give_their_report() -> None:
    digest = "sha256:" + "a" * 64
    one = sh(printing(f"a/one: marking manifest {digest} ", summary(1, 0, 0)), "--dry-run")

    assert list(runner(dry_run=one).dry_run().marked_manifests) == [RepositoryName("a/one")]
    assert runner(dry_run=one).collect(nothing).marked_manifests == {}


def test_control_commands_run_in_order(tmp_path: Path) -> None:
    said = tmp_path / "said"
    keys = ("read_only_on", "restart", "flush", "read_only_off")
    say: dict[str, Any] = {key: [sh(f"echo {key} {n} >> {said}") for n in (1, 2)] for key in keys}
    running = runner(**say)

    running.read_only(on=True)
    running.restart()
    running.flush()
    running.read_only(on=False)

    assert said.read_text().splitlines() == [f"{key} {n}" for key in keys for n in (1, 2)]


def test_a_failed_command_is_told_and_the_next_one_is_not_run(tmp_path: Path) -> None:
    after = tmp_path / "after"
    running = runner(restart=[sh("echo first; echo 'no such unit' >&2; exit 3"), ["touch", str(after)]])

    with pytest.raises(CollectorError, match=r"“sh” failed with exit code 3: no such unit\."):
        running.restart()

    assert not after.exists()


def test_commands_get_none_of_the_workers_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REGCLEAN_SIGNING_KEY", "REDIS_URL", "SLACK_BOT_TOKEN", "REGCLEAN_PROD_PASSWORD"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("LANG", "C.UTF-8")
    said = tmp_path / "said"

    runner(restart=[sh(f"tr '\\0' '\\n' < /proc/$$/environ > {said}")]).restart()

    assert {line.partition("=")[0] for line in said.read_text().splitlines()} <= {"PATH", "HOME", "LANG"}
    assert "LANG=C.UTF-8" in said.read_text()


def test_no_shell_reads_the_arguments(tmp_path: Path) -> None:
    said = tmp_path / "said"

    runner(restart=[["sh", "-c", f'printf %s "$1" > {said}', "sh", "$(id); `id` & > *"]]).restart()

    assert said.read_text() == "$(id); `id` & > *"


def test_commands_start_with_ordinary_signals_and_nothing_to_read(tmp_path: Path) -> None:
    said = tmp_path / "said"

    runner(restart=[sh(f"cat; exec grep -E 'SigIgn|SigBlk' /proc/self/status > {said}")]).restart()

    blocked, ignored = (int(mask, 16) for mask in said.read_text().split()[1::2])
    glibcs_own = 1 << 31 | 1 << 32  # signals 32 and 33, which its own process starting may leave blocked or ignored
    assert (blocked & ~glibcs_own, ignored & ~glibcs_own) == (0, 0)


@pytest.mark.parametrize("command", [["no-such-program-here", "x"], ["/no/such/program", "x"]])
def test_a_missing_program_is_told_with_what_to_do(command: list[str]) -> None:
    with pytest.raises(CollectorError, match=f"There is no program “{command[0]}” here; install it"):
        runner(flush=[command]).flush()


def test_a_program_that_is_none_is_told(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF and nothing more")
    program.chmod(0o755)

    with pytest.raises(CollectorError, match=r"exit code 127: .*Exec format error"):
        runner(flush=[[str(program), "x"]]).flush()


def test_success_without_a_summary_is_no_success() -> None:
    usage = sh("printf 'Error: unknown flag: --foo\\nUsage:\\n  registry garbage-collect\\n' >&2", "--dry-run")

    with pytest.raises(CollectorError, match=r"no summary line.*It also said: Error: unknown flag: --foo"):
        runner(dry_run=usage).dry_run()


def test_a_good_report_with_a_bad_exit_code_is_no_success() -> None:
    with pytest.raises(CollectorError, match="exit code 1: it did not say why"):
        runner(collect=sh(f"{PRINT_REPORT}; exit 1")).collect(nothing)


def test_a_dry_run_that_would_delete_manifests_is_refused() -> None:
    digest = "sha256:" + "a" * 64
    untagged = printing(f"manifest eligible for deletion: {digest}", summary(0, 0, 1))

    with pytest.raises(CollectorError, match="remove --delete-untagged"):
        runner(dry_run=sh(untagged, "--dry-run")).dry_run()


def test_credentials_in_addresses_are_not_told() -> None:
    with pytest.raises(CollectorError) as refused:
        runner(flush=[sh("echo 'cannot reach redis://:hunter2@cache:6379/0' >&2; exit 1")]).flush()

    assert "redis://cache:6379/0" in refused.value.sentence
    assert "hunter2" not in refused.value.sentence


def test_only_the_end_of_endless_complaints_is_told() -> None:
    noisy = sh(f"head -c 20000000 /dev/zero | tr '\\0' x >&2; echo >&2; echo the end >&2; {PRINT_REPORT}; exit 1")

    with pytest.raises(CollectorError, match=r"exit code 1: the end\.$"):
        runner(collect=noisy).collect(nothing)


def test_a_long_output_is_read_to_its_end() -> None:
    many = 300_000
    script = f"seq -f 'a/%.0f' {many}; {PRINT_REPORT}"

    assert runner(collect=sh(script)).collect(nothing).summary == Summary(marked=0, blobs=0, manifests=0)
    with pytest.raises(CollectorError, match="no summary"):
        runner(collect=sh(f"seq -f 'a/%.0f' {many}")).collect(nothing)


@pytest.mark.parametrize("stubborn", ["", "trap '' TERM;"])
def test_a_command_that_takes_too_long_goes_with_all_it_started(tmp_path: Path, stubborn: str) -> None:
    child = tmp_path / "child"
    slow = sh(f"{stubborn} sleep 300 & echo $! > {child}; wait; sleep 300", "--dry-run")
    began = time.monotonic()

    with pytest.raises(CollectorError, match="“sh” was stopped: it took longer than the 2 seconds"):
        runner(dry_run=slow, timeout=2, grace=0.5).dry_run()

    assert not runs(pid_in(child))
    assert time.monotonic() - began < 15


def test_a_collector_in_the_background_is_not_left_behind(tmp_path: Path) -> None:
    child = tmp_path / "child"

    runner(collect=sh(f"sleep 300 & echo $! > {child}; {PRINT_REPORT}")).collect(nothing)

    assert not runs(pid_in(child))


def test_a_registry_that_a_command_started_goes_on(tmp_path: Path) -> None:
    child = tmp_path / "child"

    runner(restart=[sh(f"sleep 300 & echo $! > {child}")]).restart()

    pid = pid_in(child)
    try:
        assert runs(pid)
    finally:
        subprocess.run(["kill", str(pid)], check=True)
        assert until(lambda: not runs(pid))


def test_the_storage_is_there_when_it_is_configured(tmp_path: Path) -> None:
    assert runner().storage is None
    assert runner(storage_root=str(tmp_path)).storage == Storage(tmp_path)
