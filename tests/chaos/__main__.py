"""The long form: `python -m tests.chaos --rounds N` runs the faults in turn, and goes on where it was stopped.

`--only WORDS` takes the faults whose name contains them; `--table` prints the table of all results so far.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
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
    parser.add_argument("--at-once", type=int, default=4, help="how many runs at the same time")
    parser.add_argument("--only", default="", help="only faults with this in their name")
    parser.add_argument("--results", type=Path, default=_RESULTS, help="where results are kept, one a line")
    parser.add_argument("--table", action="store_true", help="only print the table of the results so far")
    chosen = parser.parse_args()
    chosen.results.parent.mkdir(parents=True, exist_ok=True)
    done = read(chosen.results)
    if not chosen.table:
        _run_all(list(_missing(chosen.rounds, chosen.only, done)), chosen.at_once, chosen.results)
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


def _missing(rounds: int, only: str, done: list[Result]) -> Iterator[tuple[str, int]]:
    """The runs still to do, each fault in turn and then each again; a run that was violated is not repeated."""
    names = [name for name in (*FAULTS, *TOWN_FAULTS) if only in name]
    known = {(result.fault, result.number) for result in done}
    wanted = ((name, number) for number in count(1) for name in names)
    return (each for each in islice(wanted, rounds) if each not in known)


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
