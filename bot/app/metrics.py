"""Metrics: what one bot process tells Prometheus of itself: how soon it answered Slack, and whether it is ready."""

import time
from importlib.metadata import version
from typing import Any, Final

from prometheus_client import CollectorRegistry, Gauge, Histogram, PlatformCollector, ProcessCollector, generate_latest
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

_BUCKETS: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0)


class Metrics:
    """With a registry of its own, so that two bots in one process do not share it."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        text = "Always 1; the label tells the version."
        Gauge("regclean_build_info", text, ["version"], registry=self._registry).labels(version("regclean")).set(1)
        self._ready = Gauge("regclean_bot_ready", "Whether Slack and Redis are connected.", registry=self._registry)
        self._answers = Histogram(
            "regclean_bot_answer_seconds",
            "From a payload of Slack to its acknowledgement, for which Slack waits three seconds.",
            ["status"],
            registry=self._registry,
            buckets=_BUCKETS,
        )
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def answered(self, status: int, seconds: float) -> None:
        """Slack was answered with an HTTP status, as in Socket Mode it would have been."""
        self._answers.labels(str(status)).observe(seconds)

    def page(self, *, is_ready: bool) -> bytes:
        """All of it in Prometheus' text format."""
        self._ready.set(is_ready)
        return generate_latest(self._registry)


class MeasuredApp(AsyncApp):
    """Bolt's app, telling how long each answer took."""

    def __init__(self, metrics: Metrics, **given: Any) -> None:
        super().__init__(**given)
        self._metrics = metrics

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        began = time.monotonic()
        answer = await super().async_dispatch(req)
        self._metrics.answered(answer.status, time.monotonic() - began)
        return answer
