"""An app created from the manifest: its scopes are enough for all the bot does, and each of them is needed."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot import replies
from bot.cards.listing import ATTACHED_BEYOND
from bot.manifest import manifest
from bot.slack.access import Access
from bot.slack.blocks import Message
from bot.slack.scopes import METHODS, SCOPES
from bot.slack.web import Mark, Web, new_client
from cli.doctor import people
from cli.doctor.patient import Patient
from cli.doctor.verdict import Level, Verdict
from demo.workspace import RunningWorkspace, WorkspaceSettings, registered, running_workspace
from demo.workspace.content import PLATFORM, RITA
from demo.workspace.settings import Rates
from tests.office import FAST, Office, at_work, configuration, settings_for
from tests.samples import KEYS, PLAN
from tests.unit.configuration import written
from workers.config import Secret
from workers.core.listing import Listing, Row, Shelf
from workers.core.outcome import Outcome, Result
from workers.core.request import State
from workers.store.connection import WORKER, connect
from workers.store.store import Store
from workers.store.tasks import LOOKUP

FOR_DOCTOR = {"conversations.info", "users.info"}
MARK = Mark(event_type="regclean_card", request="r-1")
UNHURRIED = Rates(per_minute=dict.fromkeys((1, 2, 3, 4), 1_000), posts_per_second=1_000, post_burst=1_000)


def created(*without: str) -> WorkspaceSettings:
    """A workspace in which the app was created from the manifest, without some of its scopes."""
    app = registered(manifest(), WorkspaceSettings(rates=UNHURRIED))
    return replace(app, scopes=app.scopes - set(without))


@contextmanager
def office(redis_url: str) -> Iterator[Office]:
    config = configuration()
    with running_workspace(created()) as workspace, closing(connect(redis_url, WORKER)) as redis:
        settings = settings_for(workspace, redis_url, "socket")
        store = Store.open(redis, KEYS)
        replies.use(replies.Room(store=store, config=config, access=Access.of(settings, config), rates=FAST, longest=5))
        with at_work(settings, config) as bot:
            yield Office(workspace=workspace, store=store, config=config, bot=bot, settings=settings)


@pytest.fixture
def at_office(redis_url: str) -> Iterator[Office]:
    with office(redis_url) as running:
        yield running


def test_everything_the_bot_does_goes_with_the_manifests_scopes(at_office: Office) -> None:
    people = at_office.workspace
    people.rita.opens_home()
    people.rita.waits_for_home()
    _fills_the_form_from_a_message(at_office)
    _goes_through_a_request_whose_answers_get_lost(at_office)
    _asks_for_a_long_list(at_office)
    calls = {call["method"] for call in people.calls()} - {"response_url"}
    assert calls == set(METHODS) - FOR_DOCTOR
    assert [call for call in people.calls() if call["outcome"] == "missing_scope"] == []


def _fills_the_form_from_a_message(at: Office) -> None:
    at.workspace.bob.types("please drop staging/app:1")
    at.workspace.rita.uses_shortcut("clean_these_images", at.workspace.rita.sees()[-1])
    at.workspace.rita.closes(at.workspace.rita.waits_for_modal())


def _goes_through_a_request_whose_answers_get_lost(at: Office) -> None:
    """So the card and its thread have to be looked for; and its asker is told so late that it is by direct message."""
    at.workspace.rita.types("/regclean rm prod/app:1 prod/team/app:2 --reason old")
    request = at.plans(at.only_request(), PLAN)
    at.workspace.trouble("chat.postMessage", drop=True, after=True, calls=1)
    at.settle()
    at.workspace.ada.clicks(at.card(request), "Approve")
    at.workspace.trouble("chat.postMessage", drop=True, after=True, calls=1)
    at.settle()
    at.starts(request)
    at.steps(request, [Outcome(step=0, result=Result.DONE)])
    at.ends(request, State.DONE)
    at.workspace.advance(1_801)
    at.settle()
    assert "*Done*" in at.card(request).plain
    assert any("Done" in each.plain for each in at.workspace.rita.sees(at.workspace.rita.dm))


def _asks_for_a_long_list(at: Office) -> None:
    at.workspace.rita.types("/regclean ls prod")
    (job_id,) = at.store.queues.queue(LOOKUP).job_ids[-1:]
    rows = tuple(Row(repository="app", tag=f"v{number}") for number in range(ATTACHED_BEYOND + 1))
    at.store.lookups.answer(
        job_id.removeprefix("look-").removesuffix("-1"), Listing(shelves=(Shelf(registry="prod", rows=rows),))
    )
    at.settle()
    assert any(each.files for each in at.workspace.rita.sees(at.workspace.rita.dm))


# What needs each scope, done by the bot's own means; `commands` is people's to use.
DEEDS: Mapping[str, Callable[[Web, RunningWorkspace], Awaitable[Any]]] = {
    "channels:history": lambda web, _: web.find(PLATFORM, MARK, 0),
    "chat:write": lambda web, _: web.post(PLATFORM, Message(text="a card")),
    "files:write": lambda web, _: web.client.files_upload_v2(channel=PLATFORM, filename="list.csv", content="a,b"),
    "groups:history": lambda web, at: web.find(at.new_channel("secret", private=True, with_app=True), MARK, 0),
    "im:write": lambda web, _: web.open_direct(RITA),
}


async def does(workspace: RunningWorkspace, scope: str) -> None:
    access = Access(token=Secret(workspace.bot_token), api_url=workspace.api_url)
    async with aiohttp.ClientSession() as session:
        await DEEDS[scope](Web(new_client(access, session), session, access), workspace)


@pytest.mark.parametrize("scope", DEEDS)
async def test_with_all_scopes_but_one_just_what_needs_that_one_is_refused(scope: str) -> None:
    with running_workspace(created()) as complete:
        await does(complete, scope)
    with running_workspace(created(scope)) as lacking:
        with pytest.raises(SlackApiError) as refused:
            await does(lacking, scope)
        assert (refused.value.response["error"], refused.value.response["needed"]) == ("missing_scope", scope)
        for other in DEEDS.keys() - {scope}:
            await does(lacking, other)


def test_without_commands_there_is_no_command_and_no_shortcut(at_office: Office) -> None:
    with running_workspace(created("commands")) as lacking:
        assert lacking.rita.types("/regclean help") == {"ok": False, "error": "invalid_command"}
        lacking.bob.types("prod/app:1")
        message = lacking.rita.sees()[-1]
        assert lacking.rita.uses_shortcut("clean_these_images", message)["error"] == "unknown_shortcut"
    assert at_office.workspace.rita.types("/regclean help") == {"ok": True}


# What doctor looks at with each scope that only it needs.
LOOKS: Mapping[str, tuple[Callable[[Patient, str], Awaitable[Verdict]], Callable[[RunningWorkspace], str]]] = {
    "channels:read": (people.channel, lambda _: PLATFORM),
    "groups:read": (people.channel, lambda at: at.new_channel("hidden", private=True, with_app=True)),
    "users:read": (people.approver, lambda _: RITA),
}


async def looks(workspace: RunningWorkspace, scope: str, config: Path) -> Verdict:
    environ = {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_API_URL": workspace.api_url,
        "REGCLEAN_CONFIG": str(config),
    }
    look, subject = LOOKS[scope]
    async with Patient(environ=environ) as patient:
        return await look(patient, subject(workspace))


@pytest.mark.parametrize("scope", LOOKS)
async def test_doctor_can_look_with_all_scopes_and_says_which_one_is_missing(scope: str, tmp_path: Path) -> None:
    config = tmp_path / "regclean.yaml"
    config.write_bytes(written())
    with running_workspace(created()) as complete:
        assert (await looks(complete, scope, config)).level is Level.FINE
    with running_workspace(created(scope)) as lacking:
        verdict = await looks(lacking, scope, config)
        assert verdict.level is Level.UNKNOWN
        assert f"needs {scope}" in verdict.finding
        for other in LOOKS.keys() - {scope}:
            assert (await looks(lacking, other, config)).level is Level.FINE


def test_no_scope_is_left_untried() -> None:
    assert {*DEEDS, *LOOKS, "commands"} == set(SCOPES)
