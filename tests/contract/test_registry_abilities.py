"""Probing what a registry can do, where it is not one of those we know."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.contract.clients import client_of
from tests.faulty_registry import FaultyRegistry, Step, faulty_registry, hangs_up, html, says
from workers.core.abilities import Abilities
from workers.core.errors import RegistryError
from workers.core.names import RepositoryName

APP = RepositoryName.parse("app")
UPLOADS = "/v2/app/blobs/uploads/"
GONE = says(404, codes=["MANIFEST_UNKNOWN"])
NO = says(405, codes=["UNSUPPORTED"])
SWITCHED_OFF = "main has deleting switched off; set storage.delete.enabled to true in its configuration."
NO_RIGHT = "The login for main has no right to delete app@sha256:"


class ProbedRegistry(FaultyRegistry):
    """Answers a DELETE by digest and one by tag, whatever they are."""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "DELETE" and "/manifests/" in request.path:
            kind = "digest" if "sha256:" in request.path else "tag"
            return await self.script["DELETE", kind][0](request)
        return await super().handle(request)


@pytest.fixture
async def probed() -> AsyncIterator[FaultyRegistry]:
    async with faulty_registry(registry=ProbedRegistry()) as registry:
        yield registry


KINDS = {
    "everything": (GONE, GONE, says(405), Abilities(delete=True, tag_delete=True, push=False)),
    "answers-202-to-anything": (says(202), says(202), says(405), Abilities(delete=True, tag_delete=True, push=False)),
    "no-tag-delete": (
        GONE,
        says(400, codes=["DIGEST_INVALID"]),
        says(405),
        Abilities(delete=True, tag_delete=False, push=False),
    ),
    "tags-only": (NO, GONE, says(405), Abilities(delete=False, tag_delete=True, push=False, why_not=SWITCHED_OFF)),
    "nothing": (NO, NO, NO, Abilities(delete=False, tag_delete=False, push=False, why_not=SWITCHED_OFF)),
    "in-other-words": (
        says(400, codes=["UNSUPPORTED"]),
        says(400, codes=["UNSUPPORTED"]),
        says(400, codes=["UNSUPPORTED"]),
        Abilities(delete=False, tag_delete=False, push=False, why_not=SWITCHED_OFF),
    ),
    "refused-in-codes": (
        says(400, codes=["NAME_INVALID"]),
        GONE,
        says(403, codes=["DENIED"]),
        Abilities(delete=False, tag_delete=True, push=False, why_not="main refused to delete"),
    ),
}


@pytest.mark.parametrize(("by_digest", "by_tag", "upload", "expected"), KINDS.values(), ids=KINDS)
async def test_sees_what_a_registry_can_do(
    probed: FaultyRegistry, by_digest: Step, by_tag: Step, upload: Step, expected: Abilities
) -> None:
    probed.on("DELETE", "digest", by_digest)
    probed.on("DELETE", "tag", by_tag)
    probed.on("POST", UPLOADS, upload)
    async with client_of(probed.url) as client:
        found = await client.abilities(APP)
    assert (found.delete, found.tag_delete, found.push) == (expected.delete, expected.tag_delete, expected.push)
    assert found.why_not.startswith(expected.why_not)
    assert bool(found.why_not) != found.delete


@pytest.mark.parametrize(
    "strange", [html(), html(404), says(418), hangs_up], ids=["page", "page-404", "teapot", "silence"]
)
@pytest.mark.parametrize("where", ["digest", "tag", "upload"])
async def test_does_not_guess_from_a_strange_answer(probed: FaultyRegistry, where: str, strange: Step) -> None:
    probed.on("DELETE", "digest", strange if where == "digest" else GONE)
    probed.on("DELETE", "tag", strange if where == "tag" else GONE)
    probed.on("POST", UPLOADS, strange if where == "upload" else says(405))
    async with client_of(probed.url) as client:
        with pytest.raises(RegistryError):
            await client.abilities(APP)


async def test_an_upload_that_is_gone_needs_no_cancelling(probed: FaultyRegistry) -> None:
    probed.on("POST", UPLOADS, says(202, headers={"Location": f"{UPLOADS}1?_state=x"}))
    probed.on("DELETE", f"{UPLOADS}1", says(404, codes=["BLOB_UPLOAD_UNKNOWN"]))
    async with client_of(probed.url) as client:
        assert await client.accepts_uploads(APP) is True
    assert probed.targets("DELETE") == [f"{UPLOADS}1?_state=x"]


async def test_an_upload_that_stays_is_an_error(probed: FaultyRegistry) -> None:
    probed.on("POST", UPLOADS, says(202, headers={"Location": f"{UPLOADS}1"}))
    probed.on("DELETE", f"{UPLOADS}1", says(405, codes=["UNSUPPORTED"]))
    async with client_of(probed.url) as client:
        with pytest.raises(RegistryError):
            await client.accepts_uploads(APP)


@pytest.mark.parametrize("answer", [html(202), says(201), says(403, codes=["DENIED"])], ids=["page", "201", "denied"])
async def test_an_upload_probe_says_yes_or_no_or_fails(probed: FaultyRegistry, answer: Step) -> None:
    probed.on("POST", UPLOADS, answer)
    async with client_of(probed.url) as client:
        with pytest.raises(RegistryError):
            await client.accepts_uploads(APP)


async def test_a_registry_without_a_catalog_is_told(probed: FaultyRegistry) -> None:
    probed.on("GET", "/v2/_catalog", says(404, codes=["NOT_FOUND"]))
    async with client_of(probed.url) as client:
        with pytest.raises(RegistryError, match="main does not have what is needed to list its repositories"):
            await client.catalog()
