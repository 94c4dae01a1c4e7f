"""What can be wrong between regclean and Slack, planted in a workspace that refuses as Slack does."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.manifest import manifest
from demo.parts.processes import free_port
from demo.workspace import RunningWorkspace, WorkspaceSettings, registered, running_workspace
from demo.workspace.content import ADA, BOT_USER, RANDOM, REGISTRY_CLEAN
from tests.office import Office, office
from tests.scenario.doctor.clinic import Chart, Clinic
from workers.store.store import utc_now

TOKEN, APP_TOKEN, SIGNING_SECRET = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"
CHANNEL = "slack.channel"


def told(chart: Chart, check: str, subject: str = "") -> str:
    """All that is said of the one thing that is wrong."""
    level, *name = chart.wrong[0].split()
    assert (len(chart.wrong), name) == (1, f"{check} {subject}".split()), chart.wrong
    assert chart.exit_code == {"problem": 2, "warning": 1, "unknown": 1}[level]
    verdict = chart.of(check, subject).verdict
    return f"{verdict.finding} {verdict.consequence} {verdict.remedy}"


@contextmanager
def elsewhere(clinic: Clinic, **changes: Any) -> Iterator[tuple[Clinic, RunningWorkspace]]:
    """A workspace of its own, in which the app was created with other scopes."""
    app = registered(manifest(), WorkspaceSettings())
    with running_workspace(replace(app, **changes)) as workspace:
        yield clinic.with_environment(SLACK_API_URL=workspace.api_url), workspace


@pytest.mark.parametrize(
    ("variables", "check", "words"),
    [
        ({TOKEN: "xoxb-another"}, "slack.token", ("no such token is known", "does not start", "Install the app")),
        ({TOKEN: "xapp-demo-workspace-app"}, "slack.token", ("not a bot token", "xoxb-")),
        ({APP_TOKEN: "xapp-another"}, "slack.listening", ("refuses SLACK_APP_TOKEN", "connections:write")),
        ({APP_TOKEN: "xoxb-demo-workspace-bot"}, "slack.listening", ("not an app-level token", "xapp-")),
        ({APP_TOKEN: None, SIGNING_SECRET: None}, "slack.listening", ("neither", "SLACK_SIGNING_SECRET for HTTP")),
    ],
    ids=["unknown token", "wrong kind", "unknown app token", "wrong kind of app token", "no way in"],
)
def test_tokens(clinic: Clinic, variables: Mapping[str, str | None], check: str, words: tuple[str, ...]) -> None:
    said = told(clinic.with_environment(**variables).examine("slack"), check)
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "token_expired"])
def test_a_token_that_slack_took_back(clinic: Clinic, code: str) -> None:
    with elsewhere(clinic) as (patient, workspace):
        workspace.trouble("auth.test", error=code)
        chart = patient.examine("slack")
    assert "Slack refuses SLACK_BOT_TOKEN" in told(chart, "slack.token")
    assert chart.of("slack.scopes").verdict.finding == "Not checked, since slack.token found a problem."


def test_slack_that_cannot_be_reached(clinic: Clinic) -> None:
    nowhere = f"http://127.0.0.1:{free_port('127.0.0.1')}/api/"
    said = told(clinic.with_environment(SLACK_API_URL=nowhere).examine("slack"), "slack.token")
    assert "does not answer" in said
    assert "slack.proxy" in said


def test_a_file_for_a_secret_that_is_not_there(clinic: Clinic) -> None:
    chart = clinic.with_environment(SLACK_BOT_TOKEN=None, SLACK_BOT_TOKEN_FILE="/nowhere/token").examine("slack")
    assert "unknown slack.token" in chart.wrong
    assert "/nowhere/token" in chart.of("slack.token").verdict.finding


def test_a_missing_scope_is_named_with_what_goes_without_it(clinic: Clinic) -> None:
    scopes = frozenset(manifest()["oauth_config"]["scopes"]["bot"])
    with elsewhere(clinic, scopes=scopes - {"files:write", "groups:history"}) as (patient, _):
        said = told(patient.examine("slack"), "slack.scopes")
    assert "lacks files:write, groups:history." in said
    assert "without groups:history it cannot find its cards again in a private channel" in said
    assert "regclean manifest" in said


def test_scopes_that_are_not_used_are_a_warning(clinic: Clinic) -> None:
    scopes = frozenset(manifest()["oauth_config"]["scopes"]["bot"])
    with elsewhere(clinic, scopes=scopes | {"channels:manage"}) as (patient, _):
        chart = patient.examine("slack")
    assert "also has channels:manage" in told(chart, "slack.scopes")
    assert chart.exit_code == 1


def test_an_app_token_without_its_scope(clinic: Clinic) -> None:
    with elsewhere(clinic, app_scopes=frozenset()) as (patient, _):
        assert "lacks the scope connections:write" in told(patient.examine("slack"), "slack.listening")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: RANDOM, ("The bot is not in #random", "/invite @regclean")),
        (lambda _: "C0NOWHERE01", ("sees no channel C0NOWHERE01", "Correct the channel's id")),
        (lambda at: at.new_channel("secret", private=True), ("it is private and the bot is not in it",)),
        (lambda at: at.new_channel("old", archived=True, with_app=True), ("#old is archived", "Unarchive it")),
    ],
    ids=["not a member", "unknown", "private", "archived"],
)
def test_channels(clinic: Clinic, make: Callable[[RunningWorkspace], str], words: tuple[str, ...]) -> None:
    channel = make(clinic.world.workspace)
    said = told(clinic.with_registry(channel=channel).examine("slack"), CHANNEL, channel)
    assert [word for word in words if word not in said] == []


def test_each_channel_is_looked_at_once(clinic: Clinic) -> None:
    chart = clinic.examine("slack")
    assert [each.subject for each in chart.findings if each.check == CHANNEL] == [REGISTRY_CLEAN]


def test_approvers_who_cannot_approve(clinic: Clinic) -> None:
    with elsewhere(clinic) as (patient, workspace):
        workspace.deactivate(ADA)
        chart = patient.with_settings(approvals={"approvers": [ADA, "U0NOBODY001", BOT_USER]}).examine("slack")
    assert chart.wrong == [f"problem slack.approver {each}" for each in (ADA, "U0NOBODY001", BOT_USER)]
    found = [chart.of("slack.approver", each).verdict.finding for each in (ADA, "U0NOBODY001", BOT_USER)]
    for part, finding in zip(("Ada Approver is deactivated", "no member U0NOBODY001", "is a bot"), found, strict=True):
        assert part in finding


def test_what_slack_does_not_let_the_bot_see_is_not_called_fine(clinic: Clinic) -> None:
    with elsewhere(clinic) as (patient, workspace):
        workspace.trouble("users.info", error="internal_error")
        chart = patient.examine("slack")
    assert set(chart.wrong) == {f"unknown slack.approver {each}" for each in clinic.document["approvals"]["approvers"]}


@pytest.mark.parametrize(("hours", "level"), [(1, "problem"), (-1, "problem"), (0.02, "warning")])
def test_a_clock_that_is_wrong_matters_most_over_http(clinic: Clinic, hours: float, level: str) -> None:
    wrong = replace(clinic, clock=lambda: utc_now() + timedelta(hours=hours))
    assert wrong.examine("slack").wrong == ["warning slack.clock"]
    over_http = wrong.with_environment(SLACK_APP_TOKEN=None)
    assert over_http.examine("slack").wrong == [f"{level} slack.clock"]
    assert f"{'behind' if hours > 0 else 'ahead of'} this machine" in told(over_http.examine("slack"), "slack.clock")


@pytest.fixture
def listening(redis_url: str) -> Iterator[Office]:
    """A bot that takes requests over HTTP."""
    with office(redis_url, mode="http") as running:
        yield running


def over_http(clinic: Clinic, listening: Office, url: str = "") -> Clinic:
    url = url or f"http://127.0.0.1:{listening.bot.port}/slack/events"
    patient = clinic.with_environment(SLACK_APP_TOKEN=None, SLACK_API_URL=listening.workspace.api_url)
    return replace(patient, request_url=url)


def scopes_aside(chart: Chart) -> list[str]:
    """The office's app was not created from the manifest."""
    return [each for each in chart.wrong if "slack.scopes" not in each]


def test_a_request_url_that_leads_to_the_bot(clinic: Clinic, listening: Office) -> None:
    chart = over_http(clinic, listening).examine("slack")
    assert scopes_aside(chart) == []
    assert "with the same signing secret" in chart.of("slack.request_url").verdict.finding


def test_a_request_url_that_is_not_told_is_not_tried(clinic: Clinic) -> None:
    chart = clinic.with_environment(SLACK_APP_TOKEN=None).examine("slack")
    assert chart.wrong == []
    assert "give --url" in chart.of("slack.request_url").verdict.finding


def test_a_request_url_that_leads_elsewhere(clinic: Clinic, listening: Office) -> None:
    cases = {
        f"{clinic.world.sample.url}/slack/events": "is not the bot",
        f"http://127.0.0.1:{free_port('127.0.0.1')}/slack/events": "Nothing answers",
    }
    for url, words in cases.items():
        chart = over_http(clinic, listening, url).examine("slack")
        assert scopes_aside(chart) == ["problem slack.request_url"]
        assert words in chart.of("slack.request_url").verdict.finding


def test_a_signing_secret_that_is_another_apps(clinic: Clinic, listening: Office) -> None:
    chart = over_http(clinic, listening).with_environment(SLACK_SIGNING_SECRET="of-another-app").examine("slack")
    assert scopes_aside(chart) == ["problem slack.request_url"]
    assert "refuses a request signed" in chart.of("slack.request_url").verdict.finding
