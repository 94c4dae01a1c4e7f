"""Registries that cannot do it, or cannot be reached: one clear sentence each, before anyone is asked."""

from pathlib import Path

import pytest

from demo.parts.images import Flavour, Layer, Recipe, image, index
from demo.parts.registry import RegistryProcess
from demo.parts.registry_config import RegistrySettings
from demo.parts.remote import Remote
from demo.parts.tls import make_tls
from demo.workspace import running_workspace
from tests.bench import Bench, config, settings
from tests.conftest import MakeRegistry
from workers.core.request import State
from workers.planning import plan_request
from workers.runtime import Runtime


def refused(bench: Bench, environ: dict[str, str] | None = None) -> str:
    request_id = bench.ask("app:1")
    plan_request(Runtime(config=bench.config, store=bench.store, environ=environ or {}), request_id)
    request = bench.request(request_id)
    assert request.state is State.REFUSED
    assert request.note.endswith(".")
    assert len(request.note) < 300
    return request.note


def test_an_unknown_ca_is_named_and_a_known_one_works(
    make_registry: MakeRegistry, redis_url: str, tmp_path: Path
) -> None:
    tls = make_tls(tmp_path, "127.0.0.1")
    registry = make_registry(RegistrySettings(tls=tls))
    where = {**settings(registry), "plain_http": False}
    assert "ca_file" in refused(Bench(config(where), redis_url))
    trusting = Bench(config({**where, "ca_file": str(tls.ca)}), redis_url)
    with Remote(registry.url, ca=tls.ca) as remote:
        remote.push("app", "1", image(Layer("content", 1000)))
    assert trusting.through("app:1").state is State.DONE


@pytest.mark.parametrize("password", ["wrong", "right"])
def test_wrong_credentials_are_said_and_right_ones_work(
    make_registry: MakeRegistry, redis_url: str, password: str
) -> None:
    registry = make_registry(RegistrySettings(user="bot", password="right"))
    login = {"username": "bot", "password_env": "SAMPLE_PASSWORD"}
    bench = Bench(config(settings(registry, credentials=login)), redis_url)
    note = refused(bench, {"SAMPLE_PASSWORD": password})
    if password == "right":
        assert note == "Nothing would be removed; the reasons are listed."
    else:
        assert "sample" in note
        assert "does not accept the configured login" in note
    assert password not in note.split()


def test_a_password_that_is_not_set_is_said(make_registry: MakeRegistry, redis_url: str) -> None:
    registry = make_registry(RegistrySettings(user="bot", password="right"))
    login = {"username": "bot", "password_env": "SAMPLE_PASSWORD"}
    assert "SAMPLE_PASSWORD" in refused(Bench(config(settings(registry, credentials=login)), redis_url))


def test_a_web_server_that_is_no_registry_is_said(redis_url: str) -> None:
    with running_workspace() as server:
        where = {"name": "sample", "url": server.url, "plain_http": True}
        assert "sample" in refused(Bench(config(where), redis_url))


@pytest.mark.parametrize("flavour", list(Flavour))
def test_the_digest_used_is_the_stored_one_and_no_broken_tag_is_left(
    registry: RegistryProcess, redis_url: str, flavour: Flavour
) -> None:
    """The Accept pitfall: with fewer media types registries answer with schema1's digest, or with a child's."""
    bench = Bench(config(settings(registry)), redis_url)
    recipe = Recipe(flavour=flavour)
    single = image(Layer("single", 1000), recipe=recipe)
    children = [image(Layer(name, 1000), recipe=recipe) for name in ("amd", "arm")]
    multi = index(*children, recipe=recipe)
    with Remote(registry.url) as remote:
        remote.push("app", "single", single)
        for child in children:
            remote.push("app", child.digest, child)
        remote.push("app", "multi", multi)
        request_id = bench.planned("app:single", "app:multi")
        plan = bench.store.ledger.plan(request_id)
        tagged = {str(step.tags[0]): str(step.digest) for step in plan.steps if step.tags}
        assert tagged == {"single": single.digest, "multi": multi.digest}
        bench.approve(request_id)
        assert bench.work(request_id).state is State.DONE
        assert remote.tags("app") == []
        for gone in (single, multi, *children):
            assert remote.digest("app", gone.digest) is None


def test_what_was_deleted_can_be_put_back_until_collection(registry: RegistryProcess, redis_url: str) -> None:
    bench = Bench(config(settings(registry)), redis_url)
    content = image(Layer("content", 1000))
    with Remote(registry.url) as remote:
        remote.push("app", "1", content)
        bench.through("app:1")
        saved = bench.store.redis.hgetall(f"rc:undo:sample/app@{content.digest}")
        fields = {key.decode(): value for key, value in saved.items()}  # type: ignore[union-attr]
        assert fields["tags"] == b"1"
        headers = {"Content-Type": fields["media_type"].decode()}  # type: ignore[union-attr]
        remote.http.put("/v2/app/manifests/1", content=fields["body"], headers=headers).raise_for_status()
        assert remote.digest("app", "1") == content.digest
        remote.pull("app", "1")


def test_asking_for_what_is_not_there_leaves_nothing_behind(registry: RegistryProcess, redis_url: str) -> None:
    bench = Bench(config(settings(registry)), redis_url)
    refused(bench)
    assert list(registry.storage_root.rglob("*app*")) == []
