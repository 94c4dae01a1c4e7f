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
    return "\n".join(lines) + f"\n\n{len(ordered)} runs of {kinds} kinds of fault; {violated} with a violation.\n"


def _line(name: str, results: Sequence[Result]) -> str:
    states = Counter(result.state for result in results)
    ended = ", ".join(state if len(states) == 1 else f"{state} {count}" for state, count in states.most_common())
    times = [result.recovery for result in results if result.recovery is not None]
    took = f"{median(times):.1f} / {max(times):.1f} s" if times else "-"
    return f"| {name} | {len(results)} | {ended} | {took} | {sum(bool(result.violations) for result in results)} |"
