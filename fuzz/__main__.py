"""`python -m fuzz`: tries new inputs, keeps the good ones, or tells what was tried so far."""

import argparse
import sys
from collections import defaultdict

from fuzz import running
from fuzz.table import TARGETS


def _search(names: list[str], seconds: int) -> int:
    """Every target in turn; 1 when something was found."""
    each = max(1, seconds // len(names))
    found = 0
    for name in names:
        run = running.run(name, each)
        finding = f", and one that fails: {run.finding}" if run.finding else ""
        print(f"{name}: {run.inputs:,} inputs, {run.edges} branches{finding}", flush=True)
        found |= bool(run.finding)
    return found


def _table() -> None:
    """What was tried so far, in Markdown."""
    runs = defaultdict(list)
    for run in running.runs():
        runs[run.target].append(run)
    print("| Target | Holds for every input | Inputs tried | Processor time | Branches | Findings |")
    print("|---|---|---:|---:|---:|---:|")
    for name, made in runs.items():
        inputs, seconds = sum(run.inputs for run in made), sum(run.seconds for run in made)
        findings = sum(bool(run.finding) for run in made)
        edges = max(run.edges for run in made)
        print(f"| `{name}` | {TARGETS[name].holds} | {inputs:,} | {seconds / 60:.0f} min | {edges:,} | {findings} |")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], help="which; all in turn unless named")
    parser.add_argument("--seconds", type=int, default=600, help="how long in all (600)")
    parser.add_argument(
        "--keep", action="store_true", help="put the fewest inputs that reach everything into fuzz/corpus"
    )
    parser.add_argument("--table", action="store_true", help="tell what was tried so far, in Markdown")
    given = parser.parse_args()
    names = given.targets or list(TARGETS)
    if given.table:
        _table()
    elif given.keep:
        for name in names:
            print(f"{name}: {running.keep(name):,} inputs kept", flush=True)
    else:
        return _search(names, given.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
