"""Replicas: more of regclean's processes beside `regclean up`, kept running as an orchestrator would."""

import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from cli.supervisor import Program, Supervisor
from tests.crew import children_of, environment_of, part_name

_ENDING: Final = 40.0


@contextmanager
def replicas(names: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
    """One more process of each name while the block runs."""
    programs = [
        Program(name=f"{name} 2", arguments=[sys.executable, "-m", "cli", *name.split()], environment=environment)
        for name in names
    ]
    supervisor = Supervisor(programs)
    # In a thread that lives as long as they do: a process ends with the thread that started it.
    thread = threading.Thread(target=supervisor.run, daemon=True, name="replicas")
    thread.start()
    try:
        yield
    finally:
        supervisor.stop.set()
        thread.join(_ENDING)


def running(names: Sequence[str], configuration: str) -> Mapping[str, int]:
    """The process of each that runs just now, by the configuration file that they were given."""
    mark = f"REGCLEAN_CONFIG={configuration}".encode()
    return {
        f"{name} 2": pid
        for pid in children_of(os.getpid())
        if (name := part_name(pid)) in names and mark in environment_of(pid)
    }
