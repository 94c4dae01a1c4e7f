"""No secret gets out: they are planted where operators put them, used through everything that works and fails, and then
searched for in all that regclean says, writes, stores, posts and runs."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.parts import binaries
from demo.workspace import Seen
from tests import traces
from tests.vault import USER, Vault, vault

PATIENCE = 40.0
# What a process needs to do its work; everybody else must not have it.
TALKS_TO_PEOPLE = {"bot token", "app token", "signing secret"}
TALKS_TO_REGISTRIES = {"registry password"}
COMMON = {"signing key", "Redis password", "proxy password", "receiver's token"}
NEEDS = {
    "cli up": TALKS_TO_PEOPLE | TALKS_TO_REGISTRIES | COMMON,
    "cli bot": TALKS_TO_PEOPLE | COMMON,
    "cli replies": TALKS_TO_PEOPLE | COMMON,
    "cli worker": TALKS_TO_REGISTRIES | COMMON,
    "cli sweep": TALKS_TO_REGISTRIES | COMMON,
    # What operators run in a shell of their own.
    "cli doctor": TALKS_TO_PEOPLE | TALKS_TO_REGISTRIES | COMMON | {"wrong password"},
    "cli audit": TALKS_TO_PEOPLE | TALKS_TO_REGISTRIES | COMMON | {"wrong password"},
    "cli config": TALKS_TO_PEOPLE | TALKS_TO_REGISTRIES | COMMON | {"wrong password"},
}
# Where the operator keeps them, and what belongs to the registries and to Redis themselves.
KEPT = ("kept/", "sample/htpasswd", "locked/htpasswd")


@pytest.fixture(
    params=[
        pytest.param(("socket", "2.8.2"), id="socket-2.8.2"),
        pytest.param(("http", "3.1.1"), id="http-3.1.1", marks=pytest.mark.long),
    ]
)
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vault]:
    mode, version = request.param
    assert version in binaries.REGISTRY_VERSIONS
    with vault(tmp_path, mode, version) as running:
        yield running


def asks(at: Vault, command: str, wanted: Callable[[Seen], object]) -> Seen:
    """Rita types it; the message that comes of it."""
    before = {each.ts for each in at.workspace.rita.sees()}
    at.workspace.rita.types(command)
    return at.workspace.rita.waits_for(lambda each: each.ts not in before and wanted(each), seconds=PATIENCE)


def carried_out(at: Vault, command: str) -> Seen:
    card = asks(at, command, lambda each: "Approve" in each.buttons)
    at.workspace.ada.clicks(card, "Approve")
    return at.workspace.rita.waits_until(card, lambda each: "*Done*" in each.plain, PATIENCE)


def _works(at: Vault) -> None:
    """Both ways to give a password are used, for reading, deleting and collecting."""
    listed = asks(at, "/regclean ls", lambda each: each.is_ephemeral and "busybox" in each.plain).plain
    assert "*locked*: nothing here." in listed
    carried_out(at, "/regclean rm sample/library/busybox:1.36.1 --reason old")
    carried_out(at, "/regclean gc sample")


def _fails_at_registries(at: Vault) -> None:
    card = asks(at, "/regclean rm shut/app:1", lambda each: "*Refused*" in each.plain)
    assert "does not accept the configured login" in card.plain
    asks(at, "/regclean rm reflecting/app:1", lambda each: "failed inside" in each.plain)
    assert at.reflecting.logins


def _fails_at_slack(at: Vault) -> None:
    at.workspace.trouble("chat.postMessage", error="invalid_auth", calls=1)
    at.workspace.trouble("chat.postMessage", status=500, calls=1)
    at.workspace.trouble("chat.update", drop=True, calls=1)
    at.workspace.trouble("response_url", status=404, calls=2)
    carried_out(at, "/regclean rm sample/demo/nginx:1.26")
    at.workspace.no_trouble()


def _fails_at_redis(at: Vault) -> None:
    at.redis.execute_command("ACL", "SETUSER", USER, "-set", "-xadd")
    said = asks(at, "/regclean rm sample/registry:latest", lambda each: "Not taken" in each.plain)
    assert "Redis refused" in said.plain
    at.redis.execute_command("ACL", "SETUSER", USER, "+@all")


def _fails_unexpectedly(at: Vault) -> None:
    """What nobody foresaw is logged with its stack; jobs that fail leave it in Redis, too."""
    at.redis.set("rc:card:r-00000000", b"\xff")
    at.redis.lpush("rq:queue:lookup", "no-such-job")
    at.redis.hset("rq:job:forged", mapping={"data": b"x.y", "created_at": "now", "origin": "lookup"})
    at.redis.lpush("rq:queue:lookup", "forged")


def _is_looked_at(at: Vault) -> None:
    """The operator's own commands, with everything as it should be and with a wrong password for Redis."""
    wrong = at.crew.redis_url.replace(at.secrets["Redis password"], at.secrets["wrong password"])
    started = [
        at.crew.start("audit", "verify", **at.environment),
        at.crew.start("config", "check", **at.environment),
        *(at.crew.start("doctor", **{**at.environment, "REDIS_URL": url}) for url in (at.crew.redis_url, wrong)),
    ]
    for member in started:
        member.process.wait(60)


def test_nobody_who_need_not_know_them_learns_them(at: Vault) -> None:
    with traces.Watch(at.secrets) as watch:
        for step in (
            _works,
            _fails_at_registries,
            _fails_at_slack,
            _fails_at_redis,
            _fails_unexpectedly,
            _is_looked_at,
        ):
            step(at)
        at.up.send(signal.SIGTERM)
        at.up.ends()
    assert _in_processes(watch) == []
    assert _in_texts(at) == []
    _are_found_where_they_belong(at)


def _are_found_where_they_belong(at: Vault) -> None:
    """The search finds what is there, in the forms in which it was used."""
    assert traces.named("".join(at.reflecting.logins).encode(), at.secrets) == ["reflected password"]
    assert traces.named("".join(each["authorization"] for each in at.receiver.headers).encode(), at.secrets) == [
        "receiver's token"
    ]
    assert {span.process for span in at.receiver.spans} >= {
        "bot",
        "worker lookup",
        "worker clean",
        "worker gc",
        "replies",
    }
    assert any(span.failed for span in at.receiver.spans)
    kept = [name for path, content in traces.of_files(at.folder / "kept") for name in traces.named(content, at.secrets)]
    assert sorted(kept) == ["docker login", "reflected password", "wrong password"]


def _in_processes(watch: traces.Watch) -> list[tuple[str, str, str]]:
    assert any("registryctl" in program and "collect" in program for program in watch.programs)
    assert {"bot token", "Redis password", "registry password"} <= {name for _, _, name in watch.seen}
    return [found for found in watch.seen if not _may_know(*found)]


def _may_know(program: str, place: str, name: str) -> bool:
    needed = next((names for words, names in NEEDS.items() if f"-m {words}" in program), set[str]())
    return place == "environ" and name in needed


def _in_texts(at: Vault) -> list[tuple[str, str]]:
    texts = [
        *((f"what {member.name} said", member.log.read_bytes()) for member in at.crew.members),
        *traces.of_workspace(at.workspace),
        *traces.of_redis(at.redis),
        *((f"spans, batch {number}", body) for number, body in enumerate(at.receiver.bodies)),
        *((path, content) for path, content in traces.of_files(at.folder) if not path.startswith(KEPT)),
    ]
    assert len(texts) > 100, "it was looked in too few places"
    return [(where, name) for where, content in texts for name in traces.named(content, at.secrets)]
