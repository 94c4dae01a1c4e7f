"""RUNNERS: every way to run a registry's garbage collection, by the name that stands in `gc.runner`.

A new runner is one settings class (workers.config.gc), one module here, and one line in each of the two tables.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from workers.gc.command import CommandRunner
from workers.gc.docker import open_runner
from workers.gc.kube.runner import KubernetesRunner
from workers.gc.runner import Runner

RUNNERS: Final[Mapping[str, Callable[[Any], Runner]]] = {
    "command": CommandRunner.open,
    "docker": open_runner,
    "kubernetes": KubernetesRunner.open,
}
