"""What Prometheus reads from the whole of regclean at work: names, types, labels, and the right figures."""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from demo.parts.processes import wait_until
from demo.world import World
from tests.scenario.test_story import approved, ask
from tests.scrape import Scrape, scrape

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"
BOT: Final = {
    "regclean_build_info": (GAUGE, {"version"}),
    "regclean_bot_ready": (GAUGE, set()),
    "regclean_bot_answer_seconds": (HISTOGRAM, {"status"}),
}
SWEEP: Final = {
    "regclean_build_info": (GAUGE, {"version"}),
    "regclean_redis_up": (GAUGE, set()),
    "regclean_sweeper_active": (GAUGE, set()),
    "regclean_sweeper_round_timestamp_seconds": (GAUGE, set()),
    "regclean_sweeper_repairs": (COUNTER, {"kind"}),
    "regclean_requests": (GAUGE, {"state", "action"}),
    "regclean_requests_opened": (COUNTER, {"action", "registry"}),
    "regclean_requests_ended": (COUNTER, {"action", "registry", "state"}),
    "regclean_approval_wait_seconds": (HISTOGRAM, {"action", "decision"}),
    "regclean_steps": (COUNTER, {"verb", "result"}),
    "regclean_freed_bytes": (COUNTER, {"registry"}),
    "regclean_alerts": (COUNTER, set()),
    "regclean_jobs": (COUNTER, {"task", "outcome"}),
    "regclean_queue_jobs": (GAUGE, {"queue"}),
    "regclean_queue_jobs_working": (GAUGE, {"queue"}),
    "regclean_queue_oldest_job_age_seconds": (GAUGE, {"queue"}),
    "regclean_registry_calls": (COUNTER, {"registry", "method", "code"}),
    "regclean_registry_call_seconds": (HISTOGRAM, {"registry", "method"}),
    "regclean_slack_calls": (COUNTER, {"method", "outcome"}),
    "regclean_fenced": (GAUGE, {"registry"}),
    "regclean_collection_timeout_seconds": (GAUGE, {"registry"}),
    "regclean_audit_entries": (COUNTER, set()),
    "regclean_audit_chain_intact": (GAUGE, set()),
    "regclean_audit_chain_verified_timestamp_seconds": (GAUGE, set()),
    "regclean_process_heartbeat_timestamp_seconds": (GAUGE, {"process"}),
}
ONLY_FENCED: Final = "regclean_fenced_since_timestamp_seconds"


def shapes(seen: Scrape) -> dict[str, tuple[str, set[str]]]:
    return {name: (kind, set(labels)) for name, (kind, labels) in seen.shapes.items() if name != ONLY_FENCED}


def eventually(url: str, holds: Callable[[Scrape], bool]) -> Scrape:
    """What is told once it is so; processes add what they count every few seconds."""
    assert wait_until(lambda: holds(scrape(url)), seconds=20, pause=0.5), scrape(url).families
    return scrape(url)


def rises(seen: Scrape, name: str) -> bool:
    """Whether the buckets of each series only grow."""
    family = seen.families[name]
    series: dict[tuple[tuple[str, str], ...], list[float]] = {}
    for sample in family.samples:
        if sample.name.endswith("_bucket"):
            labels = tuple(sorted((key, value) for key, value in sample.labels.items() if key != "le"))
            series.setdefault(labels, []).append(sample.value)
    return bool(series) and all(low <= high for counts in series.values() for low, high in pairwise(counts))


def test_one_request_and_one_collection_are_told_in_the_right_figures(whole: World) -> None:
    bot, sweep = whole.metrics
    approved(whole, "/regclean rm registry.example.com/registry:latest --reason old")
    approved(whole, "/regclean gc sample")
    waiting = ask(whole, "/regclean rm registry.example.com/library/busybox:1.35.0 --reason old")
    seen = eventually(sweep, lambda now: now.total("regclean_jobs_total", task="collect") >= 1)
    assert shapes(seen) == SWEEP
    assert seen.value("regclean_requests", state="pending", action="rm") == 1
    assert seen.total("regclean_requests") == 1
    assert seen.value("regclean_requests_opened_total", action="rm", registry="sample") == 2
    assert seen.value("regclean_requests_ended_total", action="rm", registry="sample", state="done") == 1
    assert seen.value("regclean_requests_ended_total", action="gc", registry="sample", state="done") == 1
    assert seen.total("regclean_requests_ended_total") == 2
    assert seen.value("regclean_steps_total", verb="delete", result="done") == 1
    assert seen.total("regclean_steps_total") == 1
    for action in ("rm", "gc"):
        assert seen.value("regclean_approval_wait_seconds_count", action=action, decision="approved") == 1
    assert seen.total("regclean_freed_bytes_total", registry="sample") > 0
    for task, outcome in (("plan", "done"), ("survey", "done"), ("execute", "done"), ("collect", "done")):
        assert seen.total("regclean_jobs_total", task=task, outcome=outcome) >= 1
    assert seen.total("regclean_jobs_total", outcome="failed") == 0
    assert seen.value("regclean_registry_calls_total", registry="sample", method="DELETE", code="202") == 1
    calls = seen.total("regclean_registry_calls_total", registry="sample")
    assert calls == seen.total("regclean_registry_call_seconds_count", registry="sample")
    assert rises(seen, "regclean_registry_call_seconds")
    assert rises(seen, "regclean_approval_wait_seconds")
    assert seen.total("regclean_slack_calls_total", method="chat.postMessage", outcome="ok") >= 3
    assert seen.total("regclean_slack_calls_total", method="auth.test", outcome="ok") >= 1
    assert seen.total("regclean_fenced") == 0
    assert seen.total("regclean_audit_entries_total") >= 15
    assert seen.value("regclean_audit_chain_intact") == 1
    beats = seen.families["regclean_process_heartbeat_timestamp_seconds"].samples
    assert [sample.labels["process"] for sample in beats if not time.time() - 60 < sample.value < time.time() + 5] == []
    assert time.time() - 30 < (seen.value("regclean_sweeper_round_timestamp_seconds") or 0) < time.time() + 5
    own = scrape(bot)
    assert shapes(own) == BOT
    assert own.value("regclean_bot_ready") == 1
    assert own.total("regclean_bot_answer_seconds_count", status="200") >= 5
    whole.workspace.ada.clicks(waiting, "Deny")
    eventually(
        sweep,
        lambda now: (
            now.value("regclean_approval_wait_seconds_count", action="rm", decision="denied") == 1
            and now.value("regclean_requests_ended_total", action="rm", registry="sample", state="denied") == 1
        ),
    )
