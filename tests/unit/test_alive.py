"""`regclean alive`, which probes call: its exit code follows the heartbeat file."""

import os
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.alive import trouble
from cli.main import app
from cli.processes import _touch
from workers.core.errors import BadInput

NOW = 1_800_000_000.0


def beaten(folder: Path, ago: float, now: float = NOW) -> Path:
    file = folder / "heartbeat"
    file.touch()
    os.utime(file, (now - ago, now - ago))
    return file


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (0, ""),
        (60, ""),
        (61, "The last heartbeat was 61 seconds ago."),
        (-30, ""),  # the clock was set back
    ],
)
def test_a_heartbeat_counts_for_as_long_as_it_may(tmp_path: Path, ago: float, said: str) -> None:
    assert trouble(beaten(tmp_path, ago), 60, NOW) == said


def test_no_heartbeat_yet_is_told_as_that(tmp_path: Path) -> None:
    assert trouble(tmp_path / "none", 60, NOW) == f"There has been no heartbeat yet: {tmp_path}/none does not exist."


def test_a_path_that_leads_nowhere_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be looked at: Not a directory." in trouble(tmp_path / "file" / "heartbeat", 60, NOW)


def test_what_a_process_touches_keeps_the_command_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGCLEAN_HEARTBEAT_FILE", str(tmp_path / "heartbeat"))
    assert CliRunner().invoke(app, ["alive"]).exit_code == 1
    _touch()
    assert CliRunner().invoke(app, ["alive"]).exit_code == 0


def test_the_command_says_how_long_it_has_been_silent(tmp_path: Path) -> None:
    file = beaten(tmp_path, ago=300, now=time.time())
    result = CliRunner().invoke(app, ["alive", "--file", str(file), "--within", "60"])
    assert result.exit_code == 1
    assert result.output.startswith("The last heartbeat was 300 seconds ago")


def test_without_a_file_it_says_what_to_set() -> None:
    error = CliRunner().invoke(app, ["alive"]).exception
    assert isinstance(error, BadInput)
    assert error.sentence.startswith("REGCLEAN_HEARTBEAT_FILE is not set;")
