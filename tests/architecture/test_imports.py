"""The house rules that a machine can check: who imports whom, and that names which are only text lead somewhere."""

import ast
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
from rq.utils import import_attribute

import bot
import workers
import workers.core
from workers.store.tasks import FUNCTIONS, TASKS

ROOT = Path(__file__).parents[2]
CORE = sorted((ROOT / "workers" / "core").glob("*.py"))
PRODUCTION = sorted(path for room in ("bot", "workers", "cli") for path in (ROOT / room).rglob("*.py"))
# What would let a clock, the outside world or chance into the meaning.
IMPURE = {"asyncio", "io", "logging", "os", "pathlib", "random", "secrets", "socket", "subprocess", "threading", "time"}


def imported(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_contracts_of_import_linter_are_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([program, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " 0 broken." in ran.stdout


@pytest.mark.parametrize("room", [bot, workers], ids=["bot", "workers"])
def test_every_part_of_a_room_has_its_layer(room: object) -> None:
    assert inspect.ismodule(room)
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    layers = contracts[f"importlinter:contract:{room.__name__}"]["layers"].replace("|", " ").split()
    parts = {f"{room.__name__}.{part.name}" for part in pkgutil.iter_modules(room.__path__)}
    assert parts == set(layers)


@pytest.mark.parametrize("path", CORE, ids=[path.stem for path in CORE])
def test_the_core_stands_on_the_standard_library_alone_and_is_pure(path: Path) -> None:
    for name in imported(path):
        top = name.partition(".")[0]
        assert name.startswith("workers.core.") or top in sys.stdlib_module_names, name
        assert top not in IMPURE, name
    called = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert not {each.attr for each in called if isinstance(each, ast.Attribute)} & {"now", "utcnow", "today"}


@pytest.mark.parametrize("path", PRODUCTION, ids=[str(path.relative_to(ROOT)) for path in PRODUCTION])
def test_nothing_that_runs_for_people_needs_the_demo_or_the_tests(path: Path) -> None:
    assert not {name.partition(".")[0] for name in imported(path)} & {"demo", "tests", "benchmarks"}


@pytest.mark.parametrize("task", TASKS)
def test_every_task_names_a_function_that_takes_one_id(task: str) -> None:
    function = import_attribute(TASKS[task].function)
    (parameter,) = inspect.signature(function).parameters.values()
    assert parameter.annotation is str
    assert not inspect.iscoroutinefunction(function)
    assert inspect.getdoc(function)


def test_job_functions_are_named_in_one_place() -> None:
    named = [path for path in PRODUCTION if any(f'"{function}"' in path.read_text() for function in FUNCTIONS)]
    assert [path.relative_to(ROOT).as_posix() for path in named] == ["workers/store/tasks.py"]


def test_no_module_is_named_after_nothing_in_particular() -> None:
    vague = {"utils", "util", "helpers", "manager", "managers", "common", "misc"}
    assert [path for path in PRODUCTION if path.stem in vague] == []
