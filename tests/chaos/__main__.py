"""The long form: `python -m tests.chaos --rounds N` runs the faults in turn, and goes on where it was stopped.

`--only WORDS` takes the faults whose name contains them. `--each N`, instead of `--rounds`, takes each of them N times
on each version of the registry. `--table` prints the table of all results so far.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import count, islice
from pathlib import Path
from typing import Final

from tests.chaos.faults import FAULTS
from tests.chaos.running import Result, run
from tests.chaos.table import table
from tests.chaos.town_faults import TOWN_FAULTS

_RESULTS: Final = Path(__file__).parents[2] / ".cache" / "chaos.jsonl"


def main() -> int:
    """0, or 1 when an invariant was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=150, help="how many runs in all, those done before included")
    parser.add_argument("--each", type=int, default=0, help="instead: how many runs of each fault on each version")
    parser.add_argument("--at-once", type=int, default=4, help="how many runs at the same time")
    parser.add_argument("--only", default="", help="only faults with this in their name")
    parser.add_argument("--results", type=Path, default=_RESULTS, help="where results are kept, one a line")
    parser.add_argument("--table", action="store_true", help="only print the table of the results so far")
    chosen = parser.parse_args()
    chosen.results.parent.mkdir(parents=True, exist_ok=True)
    done = read(chosen.results)
    if not chosen.table:
        runs = wanted(chosen.only, chosen.rounds, chosen.each)
        _run_all(list(missing(runs, done)), chosen.at_once, chosen.results)
    results = read(chosen.results)
    sys.stdout.write(table(results))
    return 1 if any(result.violations for result in results) else 0


def read(path: Path) -> list[Result]:
    """The results so far; the last line of a run that was killed may be cut short."""
    results = []
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            results.append(Result.from_json(json.loads(line)))
        except ValueError:
            continue
    return results


def wanted(only: str, rounds: int, each: int) -> Iterator[tuple[str, int]]:
    """Names and numbers of runs, each fault in turn and then each again: so many, or enough for `each` version."""
    names = [name for name in (*FAULTS, *TOWN_FAULTS) if only in name]
    if not each:
        yield from islice(((name, number) for number in count(1) for name in names), rounds)
        return
    most = {name: each * _versions(name) for name in names}
    for number in range(1, max(most.values(), default=0) + 1):
        yield from ((name, number) for name in names if number <= most[name])


def _versions(name: str) -> int:
    """How many versions follow one another as the number goes up; a town draws its own."""
    return len(FAULTS[name].versions) if name in FAULTS else 1


def missing(runs: Iterable[tuple[str, int]], done: Iterable[Result]) -> Iterator[tuple[str, int]]:
    """The runs still to do; one that was violated is not repeated."""
    known = {(result.fault, result.number) for result in done}
    return (each for each in runs if each not in known)


def _run_all(runs: list[tuple[str, int]], at_once: int, results: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="regclean-chaos-"))  # a violated run's folder stays there to be looked at
    with ThreadPoolExecutor(at_once, "run") as pool:
        futures = [pool.submit(run, name, number, folder) for name, number in runs]
        for place, future in enumerate(as_completed(futures), 1):
            result = future.result()
            with results.open("a") as kept:
                kept.write(json.dumps(result.as_json()) + "\n")
            verdict = "; ".join(result.violations) or "fine"
            sys.stdout.write(
                f"{place}/{len(runs)} {result.fault} #{result.number} on {result.version}: "
                f"{result.state} in {result.seconds:g} s, went on after {result.recovery} s: {verdict}\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
