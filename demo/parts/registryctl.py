"""What an operator does to the sample registry, as commands: read-only mode, restart, collect, stop the collector.

`python -m demo.parts.registryctl FOLDER COMMAND`; exit code 0 done, 1 not done (or: no collector runs), 2 wrong usage.
`collect` becomes the registry's own garbage collection: its output and exit code are the registry's.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from demo.parts.collector import collector_pid, hold_as_collector, stop_collector
from demo.parts.errors import PartError
from demo.parts.processes import wait_until
from demo.parts.registry import PID_NAME, PROGRAM_NAME, answers
from demo.parts.registry_config import CONFIG_NAME, read_configuration, served_url, write_configuration

KEEPER_PATIENCE: Final = 2.0
RESTART_PATIENCE: Final = 30.0
DONE: Final = 0
NOT_DONE: Final = 1
WRONG_USAGE: Final = 2


def set_read_only(folder: Path, *, enabled: bool) -> int:
    """Write the mode down and restart, even where it stands there already: the last restart may have failed."""
    path = folder / CONFIG_NAME
    content = read_configuration(path)
    content["storage"].setdefault("maintenance", {})["readonly"] = {"enabled": enabled}
    write_configuration(path, content)
    return restart(folder)


def restart(folder: Path) -> int:
    """End the registry and wait until its keeper has started it again and it answers."""
    wait_until(lambda: running_registry(folder) is not None, seconds=KEEPER_PATIENCE)
    pid = running_registry(folder)
    if pid is None:
        raise PartError(f"No registry runs in {folder}: start it first.")
    os.kill(pid, signal.SIGTERM)
    url = served_url(read_configuration(folder / CONFIG_NAME))
    if not wait_until(lambda: running_registry(folder) not in {pid, None} and answers(url), seconds=RESTART_PATIENCE):
        raise PartError(f"The registry at {url} did not come back within {RESTART_PATIENCE:.0f} seconds.")
    return DONE


def running_registry(folder: Path) -> int | None:
    """The registry's process id, or None while none runs."""
    try:
        pid = int((folder / PID_NAME).read_text())
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (OSError, ValueError):
        return None
    return pid if str(folder / CONFIG_NAME) in words else None  # else the number was given to a later process


def collect(folder: Path, *, dry_run: bool) -> int:
    """Become the registry's garbage collection; returns only where it cannot be started."""
    hold_as_collector(folder)
    options = ["--dry-run"] if dry_run else []
    program = folder / PROGRAM_NAME
    os.execv(program, [PROGRAM_NAME, "garbage-collect", *options, str(folder / CONFIG_NAME)])  # noqa: S606 -- on purpose


def is_collecting(folder: Path) -> int:
    return NOT_DONE if collector_pid(folder) is None else DONE


def end_collector(folder: Path) -> int:
    """Whether or not one ran, none does afterwards."""
    stop_collector(folder)
    return DONE


COMMANDS: Final[Mapping[tuple[str, ...], Callable[[Path], int]]] = {
    ("read-only-on",): lambda folder: set_read_only(folder, enabled=True),
    ("read-only-off",): lambda folder: set_read_only(folder, enabled=False),
    ("restart",): restart,
    ("collect",): lambda folder: collect(folder, dry_run=False),
    ("collect", "--dry-run"): lambda folder: collect(folder, dry_run=True),
    ("stop-collector",): end_collector,
    ("is-collecting",): is_collecting,
}


def main(arguments: list[str]) -> int:
    """Run one command on the registry in a folder; the exit code."""
    command = COMMANDS.get(tuple(arguments[1:]))
    if command is None:
        names = " | ".join(" ".join(words) for words in COMMANDS)
        sys.stderr.write(f"Usage: python -m demo.parts.registryctl FOLDER {names}\n")
        return WRONG_USAGE
    folder = Path(arguments[0]).resolve()
    if not (folder / CONFIG_NAME).is_file():
        sys.stderr.write(f"There is no registry in {folder}: it holds no {CONFIG_NAME}.\n")
        return WRONG_USAGE
    try:
        return command(folder)
    except PartError as error:
        sys.stderr.write(f"{error}\n")
        return NOT_DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
