"""What our client makes of registries that fail, lie, stall and mislead."""

import asyncio
import gzip
import itertools
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import monotonic
from typing import Any

import pytest
from aiohttp import web

from tests.contract.clients import client_of
from tests.faulty_registry import FaultyRegistry, Step, breaks_off, drips, faulty_registry, hangs, hangs_up, html, says
from workers.core.digest import Digest
from workers.core.errors import RegistryError
from workers.core.manifest import OCI_INDEX, OCI_MANIFEST
from workers.core.names import Reference, RepositoryName, Tag

APP = RepositoryName.parse("app")
LATEST = Reference(APP, Tag("latest"))
BODY = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}).encode()
DIGEST = Digest.of(BODY)
TAGS = "/v2/app/tags/list"
MANIFEST = "/v2/app/manifests/latest"
BY_DIGEST = f"/v2/app/manifests/{DIGEST}"
ONE_TAG = {"name": "app", "tags": ["latest"]}


@pytest.fixture
async def faulty() -> AsyncIterator[FaultyRegistry]:
    async with faulty_registry() as registry:
        yield registry


# Coming back later


async def test_comes_back_after_what_passes(faulty: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, says(503), hangs_up, says(200, ONE_TAG))
    async with client_of(faulty.url) as client:
        assert await client.tags(APP) == frozenset({Tag("latest")})


@pytest.mark.parametrize("status", [429, 403, 503])
async def test_comes_back_when_the_registry_says(faulty: FaultyRegistry, status: int) -> None:
    faulty.on("GET", TAGS, says(status, codes=["TOOMANYREQUESTS"], headers={"Retry-After": "1"}), says(200, ONE_TAG))
    began = monotonic()
    async with client_of(faulty.url) as client:
        assert await client.tags(APP) == frozenset({Tag("latest")})
    assert 0.3 <= monotonic() - began < 1.0, "the test's client never waits longer than 0.3 seconds"


async def test_comes_back_at_the_date_the_registry_says(faulty: FaultyRegistry) -> None:
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    faulty.on("GET", TAGS, says(429, headers={"Retry-After": past}), says(200, ONE_TAG))
    async with client_of(faulty.url) as client:
        assert await client.tags(APP) == frozenset({Tag("latest")})


async def test_does_not_come_back_for_ever(faulty: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, says(429, codes=["TOOMANYREQUESTS"], headers={"Retry-After": "0"}))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError) as caught:
            await client.tags(APP)
    assert len(faulty.seen) == 3
    assert caught.value.retryable
    assert caught.value.answer.codes == ("TOOMANYREQUESTS",)
    assert caught.value.answer.retry_after == 0.0
    assert caught.value.sentence == (
        "main asks to come back later: too many requests were made when asked to list the tags of app."
    )


@pytest.mark.parametrize("status", [400, 403, 404, 405, 301])
async def test_does_not_come_back_after_a_refusal(faulty: FaultyRegistry, status: int) -> None:
    faulty.on("GET", TAGS, says(status, codes=["DENIED"]))
    faulty.on("GET", "/v2/", says(status, codes=["DENIED"]))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError) as caught:
            await client.ping()
    assert len(faulty.seen) == 1
    assert caught.value.answer.status == status
    assert not caught.value.retryable


async def test_keeps_the_registrys_own_words_short_and_plain(faulty: FaultyRegistry) -> None:
    errors = [{"code": "BAD code\n", "message": "a\x00\n" * 500}, {"code": "DENIED"}, "what?", {"code": 7}]
    faulty.on("GET", "/v2/", says(400, {"errors": errors}))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError) as caught:
            await client.ping()
    assert caught.value.answer.codes == ("DENIED", "7")
    assert len(caught.value.answer.message) <= 200
    assert caught.value.answer.message.isprintable()


# Deleting: what is believed


async def test_a_500_after_the_delete_worked_is_seen_through(faulty: FaultyRegistry) -> None:
    faulty.on("DELETE", BY_DIGEST, says(500, codes=["UNKNOWN"]))
    faulty.on("GET", BY_DIGEST, says(404, codes=["MANIFEST_UNKNOWN"]))
    async with client_of(faulty.url) as client:
        assert await client.delete_manifest(APP, DIGEST) is True
    assert len(faulty.targets("DELETE")) == 1


async def test_a_lost_answer_to_a_delete_is_seen_through(faulty: FaultyRegistry) -> None:
    faulty.on("DELETE", BY_DIGEST, hangs_up)
    faulty.on("GET", BY_DIGEST, says(404, codes=["MANIFEST_UNKNOWN"]))
    async with client_of(faulty.url) as client:
        await client.tags(APP)
        assert await client.delete_manifest(APP, DIGEST) is True
    assert len(faulty.targets("DELETE")) == 1, "not even the connection's own machinery may send it twice"


async def test_a_delete_that_failed_is_repeated_after_a_look(faulty: FaultyRegistry) -> None:
    faulty.on("DELETE", BY_DIGEST, says(502), says(202))
    faulty.on("GET", BY_DIGEST, says(200, BODY, media_type=OCI_INDEX))
    async with client_of(faulty.url) as client:
        assert await client.delete_manifest(APP, DIGEST) is True
    assert [seen.method for seen in faulty.seen] == ["DELETE", "GET", "DELETE"]


async def test_a_delete_that_keeps_failing_is_an_error(faulty: FaultyRegistry) -> None:
    faulty.on("DELETE", BY_DIGEST, says(500))
    faulty.on("GET", BY_DIGEST, says(200, BODY, media_type=OCI_INDEX))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="main failed inside when asked to delete app@sha256:") as caught:
            await client.delete_manifest(APP, DIGEST)
    assert caught.value.retryable
    assert [seen.method for seen in faulty.seen] == ["DELETE", "GET"] * 3


async def test_gone_after_an_unclear_answer_counts_as_done_by_us(faulty: FaultyRegistry) -> None:
    faulty.on("DELETE", BY_DIGEST, hangs_up, says(404, codes=["MANIFEST_UNKNOWN"]))
    faulty.on("GET", BY_DIGEST, hangs_up)
    async with client_of(faulty.url) as client:
        assert await client.delete_manifest(APP, DIGEST) is True


async def test_a_rate_limit_needs_no_look(faulty: FaultyRegistry) -> None:
    faulty.on("DELETE", BY_DIGEST, says(429, headers={"Retry-After": "0"}), says(404, codes=["MANIFEST_UNKNOWN"]))
    async with client_of(faulty.url) as client:
        assert await client.delete_manifest(APP, DIGEST) is False
    assert [seen.method for seen in faulty.seen] == ["DELETE", "DELETE"]


class MovedError(Exception):
    """What was to be deleted is no longer what it was."""


async def test_nothing_is_deleted_again_without_a_recheck(faulty: FaultyRegistry) -> None:
    async def recheck() -> None:
        raise MovedError

    faulty.on("DELETE", BY_DIGEST, says(429, headers={"Retry-After": "0"}))
    faulty.on("PUT", MANIFEST, says(503))
    async with client_of(faulty.url) as client:
        with pytest.raises(MovedError):
            await client.delete_manifest(APP, DIGEST, recheck=recheck)
        with pytest.raises(MovedError):
            await client.put_manifest(LATEST, BODY, OCI_INDEX, recheck=recheck)
    assert [seen.method for seen in faulty.seen] == ["DELETE", "PUT"]


async def test_a_dangling_tag_that_stays_listed_was_not_deleted(faulty: FaultyRegistry) -> None:
    faulty.on("DELETE", MANIFEST, says(500), says(202))
    faulty.on("GET", MANIFEST, says(404, codes=["MANIFEST_UNKNOWN"]))
    faulty.on("GET", TAGS, says(200, ONE_TAG))
    async with client_of(faulty.url) as client:
        assert await client.delete_tag(APP, Tag("latest")) is True
    assert len(faulty.targets("DELETE")) == 2


async def test_somebody_elses_404_is_not_gone_already(faulty: FaultyRegistry) -> None:
    faulty.on("DELETE", BY_DIGEST, says(404, "default backend - 404", media_type="text/plain"))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="is not a registry, or something before it"):
            await client.delete_manifest(APP, DIGEST)


async def test_a_login_page_in_between_deletes_and_stores_nothing(faulty: FaultyRegistry) -> None:
    faulty.on("DELETE", BY_DIGEST, html())
    faulty.on("PUT", MANIFEST, html(201))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="is not a registry"):
            await client.delete_manifest(APP, DIGEST)
        with pytest.raises(RegistryError, match="is not a registry"):
            await client.put_manifest(LATEST, BODY, OCI_INDEX)


async def test_each_attempt_to_write_asks_the_guard(faulty: FaultyRegistry) -> None:
    faulty.on("PUT", MANIFEST, says(503), says(503), says(201, headers={"Docker-Content-Digest": str(DIGEST)}))
    asked: list[float] = []
    async with client_of(faulty.url, may_write=asked.append) as client:
        assert await client.put_manifest(LATEST, BODY, OCI_INDEX) == DIGEST
    assert asked == [10.0] * 3
    assert {seen.body for seen in faulty.seen} == {BODY}


async def test_an_upload_is_tried_again_when_the_connection_had_dropped(faulty: FaultyRegistry) -> None:
    faulty.on("POST", "/v2/app/blobs/uploads/", hangs_up, says(405))
    async with client_of(faulty.url) as client:
        assert await client.accepts_uploads(APP) is False


@pytest.mark.parametrize("location", ["", "https://elsewhere.example.com/upload"])
async def test_an_upload_that_cannot_be_cancelled_is_an_error(faulty: FaultyRegistry, location: str) -> None:
    faulty.on("POST", "/v2/app/blobs/uploads/", says(202, headers={"Location": location}))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="no address at which the upload can be cancelled"):
            await client.accepts_uploads(APP)


# Content that cannot be right


WRONG_ANSWERS = {
    "other-digest": says(200, BODY, media_type=OCI_INDEX, headers={"Docker-Content-Digest": f"sha256:{'0' * 64}"}),
    "no-digest": says(200, BODY, media_type=OCI_INDEX, headers={"Docker-Content-Digest": "latest"}),
    "not-json": says(200, b"\xff\xfe", media_type=OCI_INDEX),
    "a-list": says(200, [], media_type=OCI_MANIFEST),
    "a-page": html(),
    "compressed": says(200, gzip.compress(BODY), media_type=OCI_INDEX, headers={"Content-Encoding": "gzip"}),
    "too-large": says(200, b" " * (4 * 1024 * 1024 + 1), media_type=OCI_INDEX),
}


@pytest.mark.parametrize("answer", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
async def test_a_manifest_that_cannot_be_right_is_refused(faulty: FaultyRegistry, answer: Step) -> None:
    faulty.on("GET", MANIFEST, answer)
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError) as caught:
            await client.manifest(LATEST)
    assert not caught.value.retryable
    assert len(faulty.seen) == 1


async def test_other_bytes_than_those_asked_for_are_refused(faulty: FaultyRegistry) -> None:
    faulty.on("GET", BY_DIGEST, says(200, BODY + b"\n", media_type=OCI_INDEX))
    faulty.on("GET", f"/v2/app/blobs/{DIGEST}", says(200, BODY + b"\n", media_type="application/octet-stream"))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match=f"other bytes than those of {DIGEST}"):
            await client.manifest(Reference(APP, DIGEST))
        with pytest.raises(RegistryError, match="sent other bytes when asked to read the blob"):
            await client.blob(APP, DIGEST, 1000)


async def test_a_put_that_names_another_digest_is_refused(faulty: FaultyRegistry) -> None:
    faulty.on("PUT", MANIFEST, says(201, headers={"Docker-Content-Digest": f"sha256:{'0' * 64}"}))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="which is not that of the manifest"):
            await client.put_manifest(LATEST, BODY, OCI_INDEX)


async def test_without_the_digest_header_the_body_is_hashed(faulty: FaultyRegistry) -> None:
    for method in ("HEAD", "GET"):
        faulty.on(method, MANIFEST, says(200, BODY, media_type=OCI_INDEX))
    async with client_of(faulty.url) as client:
        assert await client.resolve(LATEST) == DIGEST
    assert [seen.headers["Accept"].count("application/vnd.") for seen in faulty.seen] == [4, 4]


async def test_schema1_is_recognised_although_its_digest_is_not_that_of_its_body(faulty: FaultyRegistry) -> None:
    schema1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    headers = {"Docker-Content-Digest": f"sha256:{'1' * 64}"}
    faulty.on("GET", MANIFEST, says(200, {"schemaVersion": 1}, media_type=schema1, headers=headers))
    async with client_of(faulty.url) as client:
        stored = await client.manifest(LATEST)
    assert stored is not None
    assert stored.manifest.is_schema1


async def test_a_body_that_breaks_off_is_read_again(faulty: FaultyRegistry) -> None:
    whole = json.dumps(ONE_TAG).encode()
    faulty.on("GET", TAGS, breaks_off(whole[:10], promised=len(whole)), says(200, whole))
    async with client_of(faulty.url) as client:
        assert await client.tags(APP) == frozenset({Tag("latest")})


async def test_a_body_that_always_breaks_off_is_told(faulty: FaultyRegistry) -> None:
    faulty.on("GET", f"/v2/app/blobs/{DIGEST}", breaks_off(b"", promised=100))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="main sent fewer bytes than it announced") as caught:
            await client.blob(APP, DIGEST, 1000)
    assert caught.value.answer.status is None


@pytest.mark.parametrize(
    "body",
    [{}, [], "x", {"tags": 7}, {"tags": [7]}, {"tags": ["a b"]}, {"tags": ["../.."]}, {"tags": "latest"}],
    ids=repr,
)
async def test_a_list_that_cannot_be_right_is_refused(faulty: FaultyRegistry, body: object) -> None:
    faulty.on("GET", TAGS, says(200, body))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="when asked to list the tags of app; nothing was used"):
            await client.tags(APP)


@pytest.mark.parametrize("status", [200, 403, 404, 502])
async def test_a_web_page_is_not_a_registry(faulty: FaultyRegistry, status: int) -> None:
    for path in ("/v2/", "/v2/_catalog", TAGS, MANIFEST):
        faulty.on("GET", path, html(status))
        faulty.on("HEAD", path, html(status))
    async with client_of(faulty.url, attempts=1) as client:
        for ask in (client.ping(), client.catalog(), client.tags(APP), client.manifest(LATEST), client.resolve(LATEST)):
            with pytest.raises(RegistryError) as caught:
                await ask
            if status in {200, 404}:
                assert "is not a registry" in caught.value.sentence


# Pages


async def test_follows_links_to_the_end(faulty: FaultyRegistry) -> None:
    def page(names: list[str], link: str) -> Step:
        return says(200, {"repositories": names}, headers={"Link": link})

    faulty.on(
        "GET",
        "/v2/_catalog",
        page(["b"], '</v2/_catalog?last=b&n=1000>; rel="next"'),
        page(["a", "b"], f'<{faulty.url}/v2/_catalog?last=a&n=1000>; rel="next"'),
        says(200, {"repositories": None}),
    )
    async with client_of(faulty.url) as client:
        assert [str(name) for name in await client.catalog()] == ["a", "b"]
    assert faulty.targets("GET") == ["/v2/_catalog?n=1000", "/v2/_catalog?last=b&n=1000", "/v2/_catalog?last=a&n=1000"]


async def test_asks_for_less_where_a_registry_refuses_large_pages(faulty: FaultyRegistry) -> None:
    faulty.on("GET", "/v2/_catalog", says(400, codes=["PAGINATION_NUMBER_INVALID"]), says(200, {"repositories": ["a"]}))
    async with client_of(faulty.url) as client:
        assert await client.catalog() == (RepositoryName("a"),)
    assert faulty.targets("GET") == ["/v2/_catalog?n=1000", "/v2/_catalog?n=100"]


@pytest.mark.parametrize("target", ["/v2/app/tags/list?n=1000", "?n=1000", "/v2/app/tags/list?n=1000&x=1"])
async def test_a_list_that_turns_in_circles_is_refused(faulty: FaultyRegistry, target: str) -> None:
    faulty.on("GET", TAGS, says(200, ONE_TAG, headers={"Link": f"<{target}>; rel=next"}))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="a list that does not end"):
            await client.tags(APP)
    assert len(faulty.seen) <= 2


def endless(content: Callable[[int], Any]) -> Step:
    """A page that always names another one."""
    count = itertools.count(1)

    async def step(request: web.BaseRequest) -> web.StreamResponse:
        number = next(count)
        return web.json_response(content(number), headers={"Link": f"<?last={number}>; rel=next"})

    return step


async def test_a_list_that_goes_on_for_ever_is_refused(faulty: FaultyRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.registries.pages.MOST_NAMES", 40)
    faulty.on("GET", TAGS, endless(lambda number: {"name": "app", "tags": [f"{number}.{part}" for part in range(10)]}))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="a list that does not end"):
            await client.tags(APP)
    assert len(faulty.seen) == 5


async def test_a_list_that_goes_on_and_brings_nothing_new_is_refused_soon(faulty: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, endless(lambda _: {"name": "app", "tags": ["a", "b"]}))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="a list that does not end"):
            await client.tags(APP)
    assert 10 < len(faulty.seen) < 100


async def test_referrers_without_an_end_are_refused(faulty: FaultyRegistry) -> None:
    entry = {"mediaType": OCI_MANIFEST, "digest": f"sha256:{1:064x}", "size": 1}
    faulty.on("GET", f"/v2/app/referrers/{DIGEST}", endless(lambda _: {"manifests": [entry] * 2_000}))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="sent more than 10,000 referrers when asked to list what refers"):
            await client.referrers(APP, DIGEST)
    assert len(faulty.seen) == 6


async def test_a_next_page_elsewhere_is_refused(faulty: FaultyRegistry) -> None:
    async with faulty_registry() as other:
        faulty.on("GET", TAGS, says(200, ONE_TAG, headers={"Link": f"<{other.url}{TAGS}?last=a>; rel=next"}))
        async with client_of(faulty.url) as client:
            with pytest.raises(RegistryError, match="a next page at another address"):
                await client.tags(APP)
        assert not other.seen


async def test_half_a_list_is_no_list(faulty: FaultyRegistry) -> None:
    faulty.on(
        "GET", TAGS, says(200, ONE_TAG, headers={"Link": "<?last=latest>; rel=next"}), says(404, codes=["NAME_UNKNOWN"])
    )
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError):
            await client.tags(APP)


async def test_reads_all_pages_of_referrers(faulty: FaultyRegistry) -> None:
    def listing(number: int, **headers: str) -> Step:
        entry = {"mediaType": OCI_MANIFEST, "digest": f"sha256:{number:064x}", "size": number}
        body = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}
        return says(200, body, media_type=OCI_INDEX, headers=headers)

    faulty.on("GET", f"/v2/app/referrers/{DIGEST}", listing(1, Link="<?page=2>; rel=next"), listing(2))
    async with client_of(faulty.url) as client:
        assert [found.size for found in await client.referrers(APP, DIGEST)] == [1, 2]


@pytest.mark.parametrize(
    "answer", [html(), says(200, "x"), says(200, {"manifests": [7]})], ids=["page", "text", "list"]
)
async def test_broken_referrers_are_refused(faulty: FaultyRegistry, answer: Step) -> None:
    faulty.on("GET", f"/v2/app/referrers/{DIGEST}", answer)
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError):
            await client.referrers(APP, DIGEST)


# Not there at all


async def test_a_call_ends_in_time_even_when_bytes_keep_dripping(faulty: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, drips(json.dumps(ONE_TAG).encode() * 100, pause=0.05))
    began = monotonic()
    async with client_of(faulty.url, timeout=0.3, attempts=1) as client:
        with pytest.raises(RegistryError, match="main did not answer in time at http://127") as caught:
            await client.tags(APP)
    assert monotonic() - began < 2.0
    assert caught.value.retryable


async def test_a_call_ends_in_time_without_any_answer(faulty: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, hangs)
    async with client_of(faulty.url, timeout=0.2, attempts=2) as client:
        with pytest.raises(RegistryError, match="main did not answer in time"):
            await client.tags(APP)
    assert len(faulty.seen) == 2


async def test_a_registry_that_hangs_up_is_told(faulty: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, hangs_up)
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="main closed the connection at http://127") as caught:
            await client.tags(APP)
    assert caught.value.retryable


async def test_a_registry_that_does_not_run_is_told() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with client_of(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(RegistryError) as caught:
            await client.ping()
    assert caught.value.sentence == (
        f"main cannot be reached at http://127.0.0.1:{port}; check its url, and that it runs there."
    )
    assert caught.value.retryable
    assert caught.value.answer.status is None


async def test_an_unknown_host_is_told() -> None:
    async with client_of("http://registry.invalid:5000", attempts=1) as client:
        with pytest.raises(RegistryError, match=r"the host in http://registry\.invalid:5000 is not known"):
            await client.ping()


async def test_something_that_speaks_no_http_is_told() -> None:
    async with stranger(b"SSH-2.0-OpenSSH_9.2\r\n") as place, client_of(f"http://{place}", attempts=1) as client:
        with pytest.raises(RegistryError, match="does not speak HTTP; check the url of main"):
            await client.ping()


async def test_a_gateway_without_a_registry_behind_it_may_have_one_later() -> None:
    async with stranger(b"") as place, client_of(f"https://{place}", attempts=2) as client:
        with pytest.raises(RegistryError, match="main cannot be reached at https://127") as caught:
            await client.ping()
    assert caught.value.retryable


@asynccontextmanager
async def stranger(words: bytes) -> AsyncIterator[str]:
    """Something that says these words to everybody who connects, and hangs up."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)  # or the kernel resets the connection instead of ending it
        writer.write(words)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        yield f"{host}:{port}"
