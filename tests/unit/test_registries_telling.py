"""A call to a registry as a span: its route has no names in it, and its address no secret."""

import pytest

from cli.tracing import traced
from tests.otlp import Receiver
from workers.core.digest import Digest
from workers.core.names import Reference, RepositoryName, Tag
from workers.registries import api
from workers.registries.endpoint import Endpoint
from workers.registries.reply import Call
from workers.registries.telling import route_of, told
from workers.store import tracing

APP = RepositoryName("team/manifests/app")
DIGEST = Digest.parse("sha256:" + "a" * 64)


@pytest.mark.parametrize(
    ("call", "route"),
    [
        (api.ping(), "/v2/"),
        (api.catalog(), "/v2/_catalog"),
        (api.tags(APP), "/v2/{name}/tags/list"),
        (api.get_manifest(Reference(APP, Tag("1.2"))), "/v2/{name}/manifests/{reference}"),
        (api.delete_manifest(Reference(APP, DIGEST)), "/v2/{name}/manifests/{reference}"),
        (api.head_blob(APP, DIGEST), "/v2/{name}/blobs/{digest}"),
        (api.start_upload(APP), "/v2/{name}/blobs/uploads/"),
        (api.cancel_upload(APP, "/v2/team/manifests/app/blobs/uploads/7?_state=s"), "/v2/{name}/blobs/uploads/"),
        (api.referrers(APP, DIGEST), "/v2/{name}/referrers/{digest}"),
    ],
)
def test_the_route_has_no_names_in_it(call: Call, route: str) -> None:
    assert route_of(call.target) == route


@pytest.mark.parametrize(("status", "failed"), [(200, False), (202, False), (404, False), (403, True), (500, True)])
def test_it_is_told_as_the_conventions_say_and_without_what_may_be_secret(
    status: int, failed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = Endpoint(name="prod", url="https://user:hush@registry.example.com:8443")
    call = api.cancel_upload(APP, "/v2/team/app/blobs/uploads/7?_state=hush")
    with Receiver() as receiver:
        for variable, value in receiver.environment.items():
            monkeypatch.setenv(variable, value)
        with traced("worker clean", receiver.environment), tracing.step("work"), told(endpoint, call) as span:
            span.answered(status)
        found = next(each for each in receiver.spans if each.kind == "client")
        assert b"hush" not in b"".join(receiver.bodies)
    expected = {
        "regclean.registry": "prod",
        "http.request.method": "DELETE",
        "http.response.status_code": status,
        "server.address": "registry.example.com",
        "server.port": 8443,
        "url.full": "https://registry.example.com:8443/v2/team/app/blobs/uploads/7?_state=REDACTED",
        "url.template": "/v2/{name}/blobs/uploads/",
    }
    assert found.facts == (expected | {"error.type": str(status)} if failed else expected)
    assert found.name == "DELETE /v2/{name}/blobs/uploads/"
    assert found.failed == failed
