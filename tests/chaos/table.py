"""Table: the results of all runs, one line a fault, as it stands in docs/reliability.md."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from statistics import median

from tests.chaos.running import Result


def table(results: Iterable[Result]) -> str:
    """Markdown: fault, how often, how it ended, seconds to recover (median and longest), violations."""
    ordered = sorted(results, key=lambda result: result.fault)
    lines = [
        "| fault | runs | ended as | went on after (median / longest) | violations |",
        "|---|---|---|---|---|",
        *(_line(name, list(group)) for name, group in groupby(ordered, key=lambda result: result.fault)),
    ]
    kinds = len({result.fault for result in ordered})
    violated = sum(bool(result.violations) for result in ordered)
    counted = (
        f"{len(ordered)} runs of {kinds} kinds of fault; {violated} with a violation. {_commits(ordered)}".rstrip()
    )
    return "\n".join(lines) + f"\n\n{counted}\n"


def _commits(results: Sequence[Result]) -> str:
    """On which commits the runs were made, with how many on each, in the order in which they are named first."""
    runs = Counter(result.commit for result in results)
    unknown = runs.pop("", 0)
    named = [f"{commit} ({number})" for commit, number in runs.items()]
    parts = [*named, *([f"commits that were not noted ({unknown})"] if unknown else [])]
    return f"They were made on {', '.join(parts)}." if parts else ""


def _line(name: str, results: Sequence[Result]) -> str:
    states = Counter(result.state for result in results)
    ended = ", ".join(state if len(states) == 1 else f"{state} {count}" for state, count in states.most_common())
    times = [result.recovery for result in results if result.recovery is not None]
    took = f"{median(times):.1f} / {max(times):.1f} s" if times else "-"
    return f"| {name} | {len(results)} | {ended} | {took} | {sum(bool(result.violations) for result in results)} |"
