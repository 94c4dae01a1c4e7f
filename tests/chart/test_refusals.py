"""Values that cannot work are refused before anything is installed, each with a sentence that says what to do."""

import json
from pathlib import Path

import pytest
import yaml

from tests.chart.chart import Helm

REFUSALS = yaml.safe_load(Path(__file__).with_name("refusals.yaml").read_text(encoding="utf-8"))


def cases(kind: str) -> list[object]:
    return [pytest.param(each["set"], each["says"], id=str(each["set"])) for each in REFUSALS[kind]]


@pytest.mark.parametrize(("setting", "says"), cases("schema"))
def test_the_schema_refuses(helm: Helm, setting: str, says: str) -> None:
    told = helm.refusal("socket", "--set", setting)
    assert any(line.startswith(f"- {says}") for line in told), told


@pytest.mark.parametrize(("setting", "says"), cases("words"))
def test_what_cannot_work_is_told_in_a_sentence(helm: Helm, setting: str, says: str) -> None:
    assert f"- {says}" in helm.refusal("socket", "--set", setting)


@pytest.mark.parametrize(("credentials", "says"), cases("credentials"))
def test_credentials_that_no_pod_would_have_are_told(helm: Helm, credentials: object, says: str) -> None:
    setting = f"config.registries[0].credentials={json.dumps(credentials)}"
    assert helm.refusal("socket", "--set-json", setting) == [f"- {says}"]


def test_a_variable_of_regclean_s_own_is_no_registry_s(helm: Helm) -> None:
    setting = json.dumps([{"name": "SLACK_BOT_TOKEN", "secret": "slack", "key": "bot-token"}])
    (told,) = helm.refusal("socket", "--set-json", f"registryCredentials.env={setting}")
    assert told.startswith("- registryCredentials.env names SLACK_BOT_TOKEN, which is no registry's;")


def test_every_mistake_is_told_at_once(helm: Helm) -> None:
    told = helm.refusal("")
    assert [line.split()[1] for line in told] == [
        "image.repository",
        "config.registries",
        "config.approvals",
        "config.channels",
        "slack.existingSecret",
        "signingKey.existingSecret",
        "redis.existingSecret",
    ]


def test_what_a_mistake_says_contains_no_secret(helm: Helm) -> None:
    settings = "slack.botToken=hush-bot,slack.appToken=hush-app,signingKey.value=hush-key,redis.password=hush!"
    result = helm.template("socket", "--set", settings)
    assert result.returncode != 0
    assert "hush" not in result.stdout + result.stderr
