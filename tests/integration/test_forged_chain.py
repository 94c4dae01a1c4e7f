"""Whoever can write to Redis computes the whole audit chain anew, and gets nothing carried out a second time."""

import asyncio
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot import replies
from bot.replies import anchoring
from bot.replies.anchoring import look, watching
from cli.audit import command as audit
from demo.parts.images import Layer, image
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from tests import sentences
from tests.bench import KEY, Bench, config, settings
from tests.crew import CLI, eventually
from tests.forging import SEALINGS, Sealing, rewrite, what_it_had
from tests.office import Office, office
from tests.samples import PLAN
from workers.core.audit import Entry, Event, Happened
from workers.core.errors import NotAuthentic
from workers.core.request import Request, State
from workers.jobs import execute
from workers.store import keys, records
from workers.sweeper import Sweeper
from workers.watching import ChainWatch

CONTENT = image(Layer("content", 1000))
UNSIGNED = "The audit chain's head at entry"


@pytest.fixture
def registry(sample_registry: RegistryProcess) -> RegistryProcess:
    return sample_registry


@pytest.fixture
def bench(registry: RegistryProcess, redis_url: str) -> Bench:
    return Bench(config(settings(registry)), redis_url)


def carried_out(bench: Bench, registry: RegistryProcess) -> Request:
    """A removal that is done, of a tag that somebody has pushed again and asked about since."""
    with Remote(registry.url) as remote:
        remote.push("app", "1", CONTENT)
        done = bench.through("app:1")
        assert done.state is State.DONE
        remote.push("app", "1", CONTENT)
    bench.ask("app:1")
    return done


def set_back(bench: Bench, done: Request) -> None:
    approved = replace(done, state=State.APPROVED, ended_at=None)
    bench.store.redis.set(keys.request(done.id), records.write(approved.as_json()))
    bench.store.redis.delete(keys.outcomes(done.id))


def is_there(registry: RegistryProcess) -> bool:
    with Remote(registry.url) as remote:
        return remote.tags("app") == ["1"]


def tells_no_work(entry: Entry) -> bool:
    return entry.action in {Happened.OPENED, Happened.PLANNED, Happened.APPROVED}


@pytest.mark.parametrize("sealing", SEALINGS)
def test_a_chain_without_the_end_of_a_request_has_nothing_carried_out_again(
    bench: Bench, registry: RegistryProcess, sealing: Sealing
) -> None:
    done = carried_out(bench, registry)
    rewrite(bench.store, tells_no_work, sealing)
    set_back(bench, done)
    assert bench.story(done.id) == ["opened", "planned", "approved"]
    for _ in range(2):
        with pytest.raises(NotAuthentic, match=UNSIGNED) as caught:
            bench.work(done.id)
        sentences.check(caught.value)
    assert is_there(registry)
    assert bench.request(done.id).state is State.APPROVED
    assert not bench.store.journal.outcomes(done.id)


def test_the_sweeper_starts_nothing_again_and_says_why(bench: Bench, registry: RegistryProcess) -> None:
    done = carried_out(bench, registry)
    rewrite(bench.store, tells_no_work, what_it_had)
    set_back(bench, done)
    bench.store.redis.zadd(keys.OPEN, {done.id: 1})
    watch = ChainWatch(bench.store.ledger.chain)
    with capture_logs() as logged:
        Sweeper(bench.runtime).sweep()
        watch.step()
    assert any(UNSIGNED in line.get("error", "") for line in logged if line["event"] == "sweep")
    (broken,) = [line for line in logged if line["event"] == "audit.broken"]
    assert "Audit entry 4 bears a signature that does not match" in broken["error"]
    assert watch.intact is False
    assert is_there(registry)


def test_a_list_without_the_end_of_a_request_has_nothing_carried_out_again(
    bench: Bench, registry: RegistryProcess
) -> None:
    """The list of a request's entries is no part of the chain, and anybody can shorten it."""
    done = carried_out(bench, registry)
    bench.store.redis.ltrim(keys.events(done.id), 0, 2)
    set_back(bench, done)
    assert bench.story(done.id) == ["opened", "planned", "approved"]
    ended = bench.work(done.id)
    assert ended.state is State.FAILED
    assert "ended before, in audit entry 6" in ended.note
    assert is_there(registry)


@pytest.mark.parametrize("kept", [0, 2])
def test_a_request_whose_approval_no_list_tells_is_not_carried_out(
    bench: Bench, registry: RegistryProcess, kept: int
) -> None:
    done = carried_out(bench, registry)
    other = bench.through("app:1")
    store = bench.store
    store.redis.delete(keys.events(done.id))
    store.redis.rpush(keys.events(done.id), *([1, 2][:kept] or [other_number(bench, other)]))
    set_back(bench, done)
    with Remote(registry.url) as remote:
        remote.push("app", "1", CONTENT)
    ended = bench.work(done.id)
    assert ended.state is State.FAILED
    assert f"The audit chain does not tell that {done.id} was approved." in ended.note
    assert is_there(registry)


def other_number(bench: Bench, other: Request) -> int:
    """That of somebody else's approval."""
    return next(entry.sequence for entry in bench.told(other.id) if entry.action is Happened.APPROVED)


def test_an_end_that_was_taken_out_of_the_middle_is_missed(bench: Bench, registry: RegistryProcess) -> None:
    done = carried_out(bench, registry)
    store = bench.store
    store.redis.xdel(keys.AUDIT, "6-0")
    store.redis.lrem(keys.events(done.id), 1, "6")
    set_back(bench, done)
    ended = bench.work(done.id)
    assert ended.state is State.FAILED
    assert "The audit chain jumps from entry 5 to entry 7." in ended.note
    assert bench.story(done.id)[-2:] == ["alert", "failed"]
    assert is_there(registry)


def test_a_request_goes_on_where_it_stood_once_the_missing_key_is_back(bench: Bench, registry: RegistryProcess) -> None:
    with Remote(registry.url) as remote:
        remote.push("app", "1", CONTENT)
    request_id = bench.planned("app:1")
    bench.approve(request_id)
    seal = bench.store.redis.hget(keys.AUDIT_HEAD, "seal")
    assert seal
    bench.store.redis.hset(keys.AUDIT_HEAD, "seal", b"0a0a0a0a:" + b"0" * 64)
    with pytest.raises(NotAuthentic, match="signed with the key 0a0a0a0a"):
        bench.work(request_id)
    assert bench.request(request_id).state is State.APPROVED
    bench.store.redis.hset(keys.AUDIT_HEAD, "seal", seal)
    assert bench.work(request_id).state is State.DONE


@pytest.fixture
def at(redis_url: str) -> Iterator[Office]:
    with office(redis_url) as running:
        yield running


def heard(at: Office, words: str) -> list[str]:
    return [each.plain for each in at.workspace.bob.sees() if words in each.plain]


def test_the_bot_takes_nothing_and_says_why(at: Office) -> None:
    at.workspace.rita.types("/regclean rm prod/app:1 --reason old")
    request = at.plans(at.only_request(), PLAN)
    at.settle()
    rewrite(at.store, lambda entry: entry.sequence != 1, what_it_had)
    at.workspace.ada.clicks(at.card(request), "Approve")
    at.settle()
    assert at.only_request().state is State.PENDING
    assert any(UNSIGNED in each.plain for each in at.workspace.ada.sees())
    at.workspace.rita.types("/regclean rm prod/app:2 --reason old")
    at.settle()
    assert len(at.requests()) == 1
    assert any(UNSIGNED in each.plain for each in at.workspace.rita.sees())


def test_work_halts_every_channel_is_told_and_all_goes_on_once_the_chain_is_back(
    at: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    at.approved(PLAN)
    seal = at.store.redis.hget(keys.AUDIT_HEAD, "seal")
    assert seal
    assert not asyncio.run(look(replies.room()))
    monkeypatch.setattr(anchoring, "SOON", 0.2)
    with watching(replies.room()):
        at.store.redis.hdel(keys.AUDIT_HEAD, "seal")
        eventually(lambda: bool(heard(at, "bears no signature")), 20)
        halted = at.store.anchors.halted()
        assert halted
        assert halted.why.startswith(UNSIGNED)
        (said,) = heard(at, "bears no signature")
        assert said.startswith("🚨 Nothing more is removed or collected.")
        at.store.redis.hset(keys.AUDIT_HEAD, "seal", seal)
        eventually(lambda: bool(heard(at, "removing and collecting goes on")), 20)
        assert at.store.anchors.halted() is None


def test_the_command_says_what_it_looked_at_and_what_is_wrong(redis_url: str, tmp_path: Path) -> None:
    bench = Bench(config({"name": "sample", "url": "http://127.0.0.1:9", "plain_http": True}), redis_url)
    request_id = bench.ask("app:1")
    bench.store.ledger.tell(request_id, [Event.of(Happened.WAITING, why="soon")] * 3)
    key = tmp_path / "key"
    key.write_bytes(KEY + b"\n")
    unkeyed, keyed = {"REDIS_URL": redis_url}, {"REDIS_URL": redis_url, "REGCLEAN_SIGNING_KEY_FILE": str(key)}
    assert said(keyed, "verify") == (
        0,
        f"The audit chain is whole: 4 entries. {audit.SIGNED}\n",
    )
    code, text = said(unkeyed, "verify")
    assert code == 0
    assert "4 entries. Only their hashes were looked at" in text
    rewrite(bench.store, lambda entry: entry.sequence != 3, what_it_had)
    assert said(unkeyed, "verify")[0] == 0
    code, text = said(keyed, "verify")
    assert code == 1
    assert text.startswith("Audit entry 3 bears a signature that does not match; find out who can write to Redis")
    bench.store.redis.xdel(keys.AUDIT, "2-0")
    assert said(unkeyed, "verify") == (1, "The audit chain jumps from entry 1 to entry 3.\n")
    bench.store.redis.xadd(keys.AUDIT, {"entry": "{"}, id="4-0")
    assert said(unkeyed, "verify")[0] == 1
    assert said({}, "verify")[0] == 2


def test_a_chain_whose_key_is_lost_is_signed_by_command(redis_url: str, tmp_path: Path) -> None:
    bench = Bench(config({"name": "sample", "url": "http://127.0.0.1:9", "plain_http": True}), redis_url)
    request_id = bench.ask("app:1")
    document = tmp_path / "regclean.yaml"
    document.write_text(
        "registries: [{name: prod, url: 'https://registry.example.com'}]\n"
        "approvals: {approvers: [U0ADA00001]}\nchannels: {default: C0CLEAN001}\n"
    )
    new = {"REDIS_URL": redis_url, "REGCLEAN_SIGNING_KEY": "n" * 32, "REGCLEAN_CONFIG": str(document)}
    code, text = said(new, "verify")
    assert code == 1
    assert "No known key vouches for audit entry 1 and what follows" in text
    code, text = said(new, "sign")
    assert code == 0
    assert "1 entries, up to the hash" in text
    assert said(new, "verify")[0] == 0
    with pytest.raises(NotAuthentic, match="which is not in REGCLEAN_SIGNING_KEY"):
        bench.store.ledger.tell(request_id, [Event.of(Happened.WAITING, why="soon")])
    bench.store.redis.xdel(keys.AUDIT, "1-0")
    assert said(new, "sign")[0] == 1


def said(environment: dict[str, str], command: str) -> tuple[int, str]:
    ran = subprocess.run(
        [*CLI, "audit", command], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    return ran.returncode, ran.stdout


def test_a_worker_that_takes_the_job_of_such_a_request_leaves_it_alone(
    bench: Bench, registry: RegistryProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the job itself does it, with the process' own runtime."""
    done = carried_out(bench, registry)
    rewrite(bench.store, tells_no_work, what_it_had)
    set_back(bench, done)
    runtime = bench.runtime
    monkeypatch.setattr("workers.jobs.runtime", lambda: runtime)
    with pytest.raises(NotAuthentic, match=UNSIGNED):
        execute(done.id)
    assert is_there(registry)
