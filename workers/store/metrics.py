"""Metrics: what is counted in Redis, where no fork, restart or replica loses or doubles it, and how it is spelt there.

The names are Prometheus' own, without the prefix `regclean_` and a counter's `_total`.
"""

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from redis import Redis
from redis.client import Pipeline

from workers.store import keys, records
from workers.store.connection import asking

_SUM: Final = "sum"
_BEYOND: Final = "+Inf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    name: str
    help: str
    labels: tuple[str, ...] = ()

    def field(self, *values: str) -> str:
        return json.dumps([self.name, "", *values])


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """`bounds`: the upper bounds of its buckets, in seconds, without the last one, which takes everything."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...]

    @property
    def buckets(self) -> tuple[str, ...]:
        """What the buckets are called."""
        return (*(f"{bound:g}" for bound in self.bounds), _BEYOND)

    def field(self, seconds: float, *values: str) -> str:
        """The field of the bucket that `seconds` falls into."""
        return json.dumps([self.name, self.buckets[bisect_left(self.bounds, seconds)], *values])

    def sum_field(self, *values: str) -> str:
        return json.dumps([self.name, _SUM, *values])


OPENED: Final = Counter(name="requests_opened", help="Requests that were opened.", labels=("action", "registry"))
ENDED: Final = Counter(
    name="requests_ended", help="Requests that came to their end, by how.", labels=("action", "registry", "state")
)
STEPS: Final = Counter(name="steps", help="Steps of removals, by what came of them.", labels=("verb", "result"))
FREED: Final = Counter(
    name="freed_bytes", help="Bytes that collections freed, as measured in the storage.", labels=("registry",)
)
ALERTS: Final = Counter(name="alerts", help="Times that people were told in a thread that they have to act.")
WAIT: Final = Histogram(
    name="approval_wait_seconds",
    help="From the plan to somebody's yes or no.",
    labels=("action", "decision"),
    bounds=(60, 300, 900, 1_800, 3_600, 4 * 3_600, 8 * 3_600, 24 * 3_600),
)
REPAIRS: Final = Counter(
    name="sweeper_repairs", help="What the sweeper had to get going again, or to give up.", labels=("kind",)
)
JOBS: Final = Counter(
    name="jobs",
    help="Jobs that a worker ended; those whose worker died are not among them.",
    labels=("task", "outcome"),
)
CALLS: Final = Counter(
    name="registry_calls",
    help="Calls to registries, repeated ones too; the code is none where no answer came.",
    labels=("registry", "method", "code"),
)
CALL_SECONDS: Final = Histogram(
    name="registry_call_seconds",
    help="How long registries took to answer, or to be given up.",
    labels=("registry", "method"),
    bounds=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
SLACK_CALLS: Final = Counter(
    name="slack_calls",
    help="Calls to Slack: ok, ratelimited (429), refused, or lost where no answer came.",
    labels=("method", "outcome"),
)

COUNTERS: Final = (OPENED, ENDED, STEPS, FREED, ALERTS, REPAIRS, JOBS, CALLS, SLACK_CALLS)
HISTOGRAMS: Final = (WAIT, CALL_SECONDS)


def add(pipe: Pipeline, counter: Counter, *values: str, by: int = 1) -> None:
    """Count as part of a transaction; `values` are the labels' own, in their order."""
    pipe.hincrby(keys.METRICS, counter.field(*values), by)


def observe(pipe: Pipeline, histogram: Histogram, seconds: float, *values: str) -> None:
    pipe.hincrby(keys.METRICS, histogram.field(seconds, *values), 1)
    pipe.hincrbyfloat(keys.METRICS, histogram.sum_field(*values), seconds)


@dataclass(frozen=True, slots=True)
class Read:
    """What was counted so far: by name, then by labels; for histograms the counts in `buckets`, not added up."""

    counts: Mapping[str, Mapping[tuple[str, ...], float]]
    buckets: Mapping[str, Mapping[tuple[str, ...], Mapping[str, float]]]

    def distribution(self, histogram: Histogram) -> Mapping[tuple[str, ...], tuple[Sequence[float], float]]:
        """By labels: how many were at most each bound, and the sum of all."""
        found = self.buckets.get(histogram.name, {})
        return {values: (_added_up(histogram, counts), counts.get(_SUM, 0.0)) for values, counts in found.items()}


def _added_up(histogram: Histogram, counts: Mapping[str, float]) -> Sequence[float]:
    total, result = 0.0, []
    for bucket in histogram.buckets:
        total += counts.get(bucket, 0.0)
        result.append(total)
    return result


def read(redis: Redis) -> Read:
    """Everything that is counted in Redis; raises Unavailable, and BadRecord for what nobody here wrote."""
    with asking():
        stored = redis.hgetall(keys.METRICS)
    counts: dict[str, dict[tuple[str, ...], float]] = {}
    buckets: dict[str, dict[tuple[str, ...], dict[str, float]]] = {}
    for field, value in stored.items():
        (name, part, *values), number = _parsed(field, value)
        if part:
            buckets.setdefault(name, {}).setdefault(tuple(values), {})[part] = number
        else:
            counts.setdefault(name, {})[tuple(values)] = number
    return Read(counts, buckets)


def _parsed(field: object, value: object) -> tuple[Sequence[str], float]:
    try:
        name, part, *values = json.loads(records.text(field))
        return [str(each) for each in (name, part, *values)], float(records.text(value))
    except (ValueError, TypeError) as error:
        raise records.damaged("count of metrics") from error
