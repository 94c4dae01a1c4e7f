"""Exposition: what Prometheus is told of all of regclean, by the sweeper at work, which reads it from Redis."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from itertools import product
from typing import Final

import structlog
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from workers.config import Config
from workers.core.errors import BadRecord, Unavailable
from workers.core.outcome import Result
from workers.core.plan import Verb
from workers.core.request import Action, State
from workers.store import metrics
from workers.store.key_marks import PROCESSES, KeyMarks
from workers.store.metrics import COUNTERS, HISTOGRAMS, Counter
from workers.store.store import Store
from workers.store.tasks import QUEUES
from workers.sweeper import REPAIRS, Sweeper
from workers.watching import ChainWatch

PREFIX: Final = "regclean_"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exposition(Collector):
    """Register it with a CollectorRegistry. A sweeper that stands by tells only that it does."""

    store: Store
    config: Config
    sweeper: Sweeper
    watch: ChainWatch

    def collect(self) -> Iterator[Metric]:
        yield _gauge("build_info", "Always 1; the label tells the version.", {(version("regclean"),): 1}, "version")
        try:
            found = list(self._of_all()) if self.sweeper.is_at_work() else []
        except (Unavailable, BadRecord) as error:
            _log.warning("metrics.unread", error=error.sentence)
            yield _gauge("redis_up", "Whether the figures could be read from Redis.", {(): 0})
            return
        yield _gauge("redis_up", "Whether the figures could be read from Redis.", {(): 1})
        yield _gauge("sweeper_active", "Whether this sweeper is the one at work.", {(): int(bool(found))})
        yield from found

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering asks Redis nothing."""
        return ()

    def _of_all(self) -> Iterator[Metric]:
        yield from self._counted()
        yield self._requests()
        yield from self._queues()
        yield from self._fences()
        yield self._timeouts()
        yield from self._chain()
        marks = KeyMarks(self.store.redis)
        yield _gauge(
            "process_heartbeat_timestamp_seconds",
            "When a process of that kind last said that it lives; 0 when none did for minutes.",
            {(process,): marks.last_told(process) for process in PROCESSES},
            "process",
        )
        yield _gauge(
            "sweeper_round_timestamp_seconds", "When the sweeper ended its last round.", {(): self.sweeper.swept_at}
        )

    def _counted(self) -> Iterator[Metric]:
        read = metrics.read(self.store.redis)
        for counter in COUNTERS:
            family = CounterMetricFamily(PREFIX + counter.name, counter.help, labels=counter.labels)
            counts = dict.fromkeys(self._expected(counter), 0.0) | dict(read.counts.get(counter.name, {}))
            for values, count in sorted(counts.items()):
                family.add_metric(values, count)
            yield family
        for histogram in HISTOGRAMS:
            shape = HistogramMetricFamily(PREFIX + histogram.name, histogram.help, labels=histogram.labels)
            for values, (counts_, total) in sorted(read.distribution(histogram).items()):
                shape.add_metric(values, list(zip(histogram.buckets, counts_, strict=True)), total)
            yield shape

    def _expected(self, counter: Counter) -> Iterable[tuple[str, ...]]:
        """The labels that are there from the start: a counter that begins at one has no rate at its first count."""
        known: Mapping[str, Iterable[str]] = {
            "action": Action,
            "state": [state for state in State if state.is_final],
            "registry": [registry.name for registry in self.config.registries],
            "verb": Verb,
            "result": Result,
            "kind": REPAIRS,
        }
        return product(*(known[label] for label in counter.labels)) if set(counter.labels) <= known.keys() else ()

    def _requests(self) -> Metric:
        counts: dict[tuple[str, ...], float] = {
            (state.value, action.value): 0 for state in State if not state.is_final for action in Action
        }
        for request in self.store.ledger.open_requests():
            counts[request.state.value, request.action.value] += 1
        return _gauge("requests", "Requests that are not at their end.", counts, "state", "action")

    def _queues(self) -> Iterator[Metric]:
        found = {(name,): self.store.queues.backlog(name) for name in QUEUES}
        now = self.store.clock()

        def gauge(name: str, text: str, of: Callable[[tuple[str]], float]) -> Metric:
            return _gauge(name, text, {queue: of(queue) for queue in found}, "queue")

        yield gauge("queue_jobs", "Jobs that wait for a worker.", lambda queue: found[queue].waiting)
        yield gauge("queue_jobs_working", "Jobs that a worker has in hand.", lambda queue: found[queue].working)
        yield gauge(
            "queue_oldest_job_age_seconds",
            "How long the job waits that waits longest; 0 when none does.",
            lambda queue: _age(found[queue].since, now),
        )

    def _fences(self) -> Iterator[Metric]:
        names = [registry.name for registry in self.config.registries]
        since = {(name,): fence.since for name in names if (fence := self.store.fences.load(name))}
        yield _gauge(
            "fenced",
            "Whether a registry takes no writes because of us.",
            {(name,): int((name,) in since) for name in names},
            "registry",
        )
        yield _gauge(
            "fenced_since_timestamp_seconds",
            "Since when; only of registries that are fenced.",
            {name: datetime.fromisoformat(moment).timestamp() for name, moment in since.items()},
            "registry",
        )

    def _timeouts(self) -> Metric:
        limits: dict[tuple[str, ...], float] = {
            (each.name,): each.gc.timeout for each in self.config.registries if each.gc
        }
        return _gauge("collection_timeout_seconds", "How long the collector of a registry may run.", limits, "registry")

    def _chain(self) -> Iterator[Metric]:
        length = CounterMetricFamily(PREFIX + "audit_entries", "Entries of the audit chain.")
        length.add_metric((), self.store.ledger.chain.head().sequence)
        yield length
        yield _gauge(
            "audit_chain_intact", "Whether the audit chain was whole when it was last walked.", {(): self.watch.intact}
        )
        yield _gauge(
            "audit_chain_verified_timestamp_seconds",
            "When it was last seen to be whole, from its first entry to its last.",
            {(): self.watch.verified_at},
        )


def _gauge(name: str, text: str, values: Mapping[tuple[str, ...], float], *labels: str) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, text, labels=labels)
    for label_values, value in values.items():
        family.add_metric(label_values, float(value))
    return family


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
