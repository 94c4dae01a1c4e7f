"""Plan, approve and execute against real registries and a real Redis, without Slack."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from demo.parts import sample
from demo.parts.images import Layer, artifact, image, index, signature_tag
from demo.parts.registry import RegistryProcess
from demo.parts.registry_config import RegistrySettings
from demo.parts.remote import Remote
from demo.parts.skopeo import skopeo_copy
from tests.bench import Bench, config, settings
from tests.chaos.front import Forward, Front, Rule, hangs_up_after, refuses
from tests.conftest import MakeRegistry
from workers.core.outcome import Result
from workers.core.request import State
from workers.ending import MOST_TROUBLES, take_up
from workers.planning import PATIENCE
from workers.store import keys
from workers.store.ledger import Change


@pytest.fixture
def bench(registry: RegistryProcess, redis_url: str) -> Bench:
    return Bench(config(settings(registry)), redis_url)


def test_the_classic_scripts_job(registry: RegistryProcess, bench: Bench, tmp_path: Path) -> None:
    sample.seed(registry.url)
    request_id = bench.planned("library/busybox:1.36.1", "registry:latest", "demo/nginx:1.26", "demo/nginx:noexist")
    assert bench.request(request_id).state is State.PENDING
    assert sorted(bench.steps(request_id)) == [
        ("delete", ["1.36.1"]),
        ("delete", ["latest"]),
        ("untag", ["1.26"]),
    ]
    assert bench.kept(request_id)["demo/nginx:noexist"] == "is not there"
    bench.approve(request_id)
    assert bench.work(request_id).state is State.DONE
    with Remote(registry.url) as remote:
        assert remote.tags("demo/nginx") == ["latest"]
        assert remote.tags("library/busybox") == ["1.35.0"]
        assert remote.tags("registry") == []
    for repository, tag in (("demo/nginx", "latest"), ("library/busybox", "1.35.0")):
        skopeo_copy(registry.url, repository, tag, tmp_path / tag)
    assert bench.story(request_id) == ["opened", "planned", "approved", "started", "step", "step", "step", "done"]
    assert bench.store.ledger.chain.verify() == 8


def test_an_index_goes_with_its_children_and_leaves_no_broken_tag(registry: RegistryProcess, bench: Bench) -> None:
    amd, arm = image(Layer("amd", 1000)), image(Layer("arm", 1000))
    both = index(amd, arm)
    with Remote(registry.url) as remote:
        for child in (amd, arm):
            remote.push("app", child.digest, child)
        remote.push("app", "1", both)
        remote.push("app", "arm", arm)
        assert bench.through("app:1").state is State.DONE
        assert remote.tags("app") == ["arm"]
        assert remote.digest("app", both.digest) is None
        assert remote.digest("app", amd.digest) is None
        remote.pull("app", "arm")


def test_signatures_go_with_what_they_sign(registry: RegistryProcess, bench: Bench) -> None:
    signed = image(Layer("signed", 1000))
    signature = artifact(signed, "application/vnd.example.signature", b"signed by hand")
    with Remote(registry.url) as remote:
        remote.push("app", "1", signed)
        remote.push("app", signature_tag(signed.digest), signature)
        assert bench.through("app:1").state is State.DONE
        assert remote.tags("app") == []


def test_a_tag_that_moved_after_the_plan_is_skipped_and_nothing_else_is_touched(
    registry: RegistryProcess, bench: Bench
) -> None:
    old, new = image(Layer("old", 1000)), image(Layer("new", 1000))
    with Remote(registry.url) as remote:
        remote.push("app", "1", old)
        request_id = bench.planned("app:1")
        remote.push("app", "1", new)
        bench.approve(request_id)
        assert bench.work(request_id).state is State.STALE
        assert remote.digest("app", "1") == new.digest
        assert remote.digest("app", old.digest) == old.digest
    result, why = bench.results(request_id)[0]
    assert result == "skipped"
    assert "1 moved to sha256:" in why


def test_a_tag_that_moved_off_a_digest_that_goes_is_counted_as_left_alone(
    registry: RegistryProcess, bench: Bench
) -> None:
    old, new = image(Layer("old", 1000)), image(Layer("new", 1000))
    with Remote(registry.url) as remote:
        remote.push("app", "1", old)
        remote.put_manifest("app", "2", old)
        request_id = bench.planned("app:1", "app:2")
        remote.push("app", "2", new)
        bench.approve(request_id)
        assert bench.work(request_id).state is State.DONE
        assert remote.tags("app") == ["2"]
    (outcome,) = bench.store.journal.outcomes(request_id).values()
    assert (outcome.result, outcome.left) == (Result.DONE, 1)
    assert "and was left alone" in outcome.why


def test_a_tag_put_on_an_approved_digest_keeps_it_and_only_the_approved_tag_comes_off(
    registry: RegistryProcess, bench: Bench
) -> None:
    content = image(Layer("content", 1000))
    with Remote(registry.url) as remote:
        remote.push("app", "1", content)
        request_id = bench.planned("app:1")
        bench.approve(request_id)
        remote.put_manifest("app", "stable", content)
        assert bench.work(request_id).state is State.DONE
        assert remote.tags("app") == ["stable"]
        remote.pull("app", "stable")
    result, why = bench.results(request_id)[0]
    assert (result, why.split(",")[0]) == ("untagged", "stable was put on it after the plan was made")


def test_an_index_that_came_later_keeps_its_child(registry: RegistryProcess, bench: Bench) -> None:
    child = image(Layer("child", 1000))
    with Remote(registry.url) as remote:
        remote.push("app", "1", child)
        request_id = bench.planned("app:1")
        bench.approve(request_id)
        remote.push("app", "multi", index(child))
        assert bench.work(request_id).state is State.DONE
        assert remote.tags("app") == ["multi"]
        remote.pull("app", "multi")
    assert "the index multi, which stays, contains it" in bench.results(request_id)[0][1]


def test_an_index_that_has_to_stay_keeps_its_children_although_they_were_to_go(
    registry: RegistryProcess, bench: Bench
) -> None:
    amd, arm = image(Layer("amd", 1000)), image(Layer("arm", 1000))
    both = index(amd, arm)
    with Remote(registry.url) as remote:
        for child in (amd, arm):
            remote.push("app", child.digest, child)
        remote.push("app", "1", both)
        request_id = bench.planned("app:1")
        bench.approve(request_id)
        remote.put_manifest("app", "stable", both)
        assert bench.work(request_id).state is State.DONE
        assert remote.tags("app") == ["stable"]
        remote.pull("app", "stable")
    assert [result for result, _ in bench.results(request_id).values()] == ["untagged", "skipped", "skipped"]


def test_a_signature_that_came_later_keeps_what_it_signs(registry: RegistryProcess, bench: Bench) -> None:
    content = image(Layer("content", 1000))
    with Remote(registry.url) as remote:
        remote.push("app", "1", content)
        request_id = bench.planned("app:1")
        bench.approve(request_id)
        remote.push("app", signature_tag(content.digest), artifact(content, "application/x", b"late"))
        bench.work(request_id)
        assert remote.digest("app", content.digest) == content.digest
    assert "belongs to it" in bench.results(request_id)[0][1]


def test_what_somebody_else_deleted_counts_as_done(registry: RegistryProcess, bench: Bench) -> None:
    content = image(Layer("content", 1000))
    with Remote(registry.url) as remote:
        remote.push("app", "1", content)
        request_id = bench.planned("app:1")
        bench.approve(request_id)
        remote.delete("app", content.digest)
    assert bench.work(request_id).state is State.DONE
    assert bench.results(request_id)[0][0] == "gone"


def test_a_named_digest_goes_with_all_its_tags(registry: RegistryProcess, bench: Bench) -> None:
    content = image(Layer("content", 1000))
    with Remote(registry.url) as remote:
        remote.push("app", "1", content)
        remote.put_manifest("app", "2", content)
        request_id = bench.planned(f"app@{content.digest}")
        assert bench.steps(request_id) == [("delete", ["1", "2"])]
        bench.approve(request_id)
        assert bench.work(request_id).state is State.DONE
        assert remote.tags("app") == []


def test_protection_that_came_after_the_approval_wins(registry: RegistryProcess, bench: Bench) -> None:
    with Remote(registry.url) as remote:
        remote.push("app", "1", image(Layer("content", 1000)))
        request_id = bench.planned("app:1")
        bench.approve(request_id)
        bench.config = config(settings(registry, protected=["app:*"]))
        assert bench.work(request_id).state is State.STALE
        assert remote.tags("app") == ["1"]
    assert bench.results(request_id)[0] == ("skipped", "“app:*” protects it now")


def test_a_plan_changed_in_redis_is_refused_and_nothing_is_done(registry: RegistryProcess, bench: Bench) -> None:
    with Remote(registry.url) as remote:
        remote.push("app", "1", image(Layer("content", 1000)))
        remote.push("app", "2", image(Layer("other", 1000)))
        request_id = bench.planned("app:1")
        other = bench.store.ledger.plan(bench.planned("app:2"))
        bench.approve(request_id)
        store = bench.store
        store.redis.set(f"rc:plan:{request_id}", json.dumps(other.as_json()))
        ended = bench.work(request_id)
        assert sorted(remote.tags("app")) == ["1", "2"]
    assert ended.state is State.FAILED
    assert "another plan" in ended.note
    assert bench.story(request_id)[-2:] == ["alert", "failed"]


def test_a_request_that_ended_is_not_carried_out_again(registry: RegistryProcess, bench: Bench) -> None:
    content = image(Layer("content", 1000))
    with Remote(registry.url) as remote:
        remote.push("app", "1", content)
        done = bench.through("app:1")
        remote.push("app", "1", content)
        store = bench.store
        approved = replace(done, state=State.APPROVED, ended_at=None)
        store.redis.set(f"rc:request:{done.id}", json.dumps(approved.as_json()))
        store.redis.delete(f"rc:outcomes:{done.id}")
        ended = bench.work(done.id)
        assert remote.tags("app") == ["1"]
    assert ended.state is State.FAILED
    assert "ended before, in audit entry" in ended.note


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (RegistrySettings(delete_enabled=False), "delete"),
        (RegistrySettings(read_only=True), "read-only"),
        (RegistrySettings(user="bot", password="right"), "log"),
    ],
    ids=["delete disabled", "read-only", "no credentials"],
)
def test_a_registry_that_cannot_do_it_is_said_before_anyone_is_asked(
    make_registry: MakeRegistry, registry_version: str, redis_url: str, how: RegistrySettings, said: str
) -> None:
    closed = make_registry(how, version=registry_version)
    bench = Bench(config(settings(closed)), redis_url)
    refused = bench.request(bench.planned("app:1"))
    assert refused.state is State.REFUSED
    assert said in refused.note
    assert refused.note.endswith(".")
    assert refused.note.count(". ") <= 1
    assert bench.story(refused.id) == ["opened", "refused"]


def test_a_registry_that_is_not_there_is_said_in_one_sentence(empty_registry: RegistryProcess, redis_url: str) -> None:
    gone = Bench(config(settings(empty_registry, timeout=2)), redis_url)
    empty_registry.stop()
    refused = gone.request(gone.planned("app:1"))
    assert refused.state is State.REFUSED
    assert "sample" in refused.note


def test_a_tag_that_went_although_the_answer_was_lost_counts_as_done(
    make_registry: MakeRegistry, redis_url: str
) -> None:
    registry, content = make_registry(version="3.1.1"), image(Layer("content", 1000))
    with Front(registry.url, lambda: "") as front, Remote(registry.url) as remote:

        async def goes_away(request: web.BaseRequest, forward: Forward) -> web.StreamResponse:
            front.rules += [Rule(method=method, part="/manifests/1", lie=refuses(503)) for method in ("GET", "HEAD")]
            return await hangs_up_after(request, forward)

        front.rules.append(Rule(method="DELETE", part="/manifests/1", lie=goes_away))
        bench = Bench(config(settings(registry) | {"url": f"http://{front.host}"}), redis_url)
        remote.push("app", "1", content)
        remote.put_manifest("app", "2", content)
        request_id = bench.planned("app:1")
        bench.approve(request_id)
        ended = bench.work(request_id)
        assert remote.tags("app") == ["2"]
        remote.pull("app", "2")
    assert front.lies > 1
    assert (ended.state, ended.tally.done, ended.tally.skipped) == (State.DONE, 1, 0)
    assert [outcome.result for outcome in bench.store.journal.outcomes(request_id).values()] == [Result.GONE]


def test_a_request_cancelled_while_it_runs_stops_before_its_next_step(registry: RegistryProcess, bench: Bench) -> None:
    with Remote(registry.url) as remote:
        remote.push("app", "1", image(Layer("content", 1000)))
        request_id = bench.planned("app:1")
        bench.approve(request_id)
        take_up(bench.runtime, request_id)
        bench.store.ledger.change(request_id, lambda each: Change(request=each.cancel_soon("U0RITA0001")))
        ended = bench.work(request_id)
        assert remote.tags("app") == ["1"]
    assert (ended.state, ended.decider) == (State.CANCELLED, "U0RITA0001")


def test_an_approval_that_ran_out_is_not_carried_out(registry: RegistryProcess, bench: Bench) -> None:
    with Remote(registry.url) as remote:
        remote.push("app", "1", image(Layer("content", 1000)))
        request_id = bench.planned("app:1")
        bench.approve(request_id)
        bench.ahead = timedelta(hours=25)
        assert bench.work(request_id).state is State.EXPIRED
        assert remote.tags("app") == ["1"]


def test_a_request_waits_while_another_works_on_the_registry_and_says_so_once(
    registry: RegistryProcess, bench: Bench
) -> None:
    with Remote(registry.url) as remote:
        remote.push("app", "1", image(Layer("content", 1000)))
        request_id = bench.planned("app:1")
        bench.approve(request_id)
        with bench.store.locks.acquire("sample", "r-other"):
            for _ in range(3):
                assert bench.work(request_id).state is State.APPROVED
        assert bench.request(request_id).note == "Waiting: r-other is changing sample."
        assert bench.story(request_id) == ["opened", "planned", "approved", "waiting"]
        assert bench.work(request_id).state is State.DONE


def test_a_lock_whose_holder_died_is_waited_for_no_longer_than_it_lives(
    registry: RegistryProcess, bench: Bench
) -> None:
    with Remote(registry.url) as remote:
        remote.push("app", "1", image(Layer("content", 1000)))
    request_id = bench.planned("app:1")
    bench.approve(request_id)
    bench.store.redis.set(keys.lock("sample"), f"{request_id}.dead-1-1", px=2_000)
    asked = bench.store.clock()
    again = bench.work(request_id).retry_at
    assert again is not None
    assert asked < again <= asked + timedelta(seconds=2.5)
    bench.store.redis.set(keys.lock("sample"), "r-other.alive-1-1", px=20_000)
    again = bench.work(request_id).retry_at
    assert again is not None
    assert again <= bench.store.clock() + timedelta(seconds=PATIENCE)


def test_a_registry_that_goes_away_is_waited_for_and_then_told_step_by_step(
    empty_registry: RegistryProcess, redis_url: str
) -> None:
    bench = Bench(config(settings(empty_registry, timeout=1)), redis_url)
    with Remote(empty_registry.url) as remote:
        remote.push("app", "1", image(Layer("content", 1000)))
    request_id = bench.planned("app:1")
    bench.approve(request_id)
    empty_registry.stop()
    waiting = bench.work(request_id)
    assert (waiting.state, waiting.troubles) == (State.RUNNING, 1)
    assert "Trying again in 5 s." in waiting.note
    patient = replace(waiting, troubles=MOST_TROUBLES)
    bench.store.ledger.change(request_id, lambda _: Change(request=patient))
    assert bench.work(request_id).state is State.FAILED
    assert bench.results(request_id)[0][1].startswith("not tried: ")
