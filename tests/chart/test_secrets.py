"""Each pod has just the secrets it needs: none holds Slack's and a registry's, and none stands in a manifest."""

import base64
import re

import pytest
import yaml

from tests.chart.chart import CHART, COLLECTORS, DOCTORS, PEOPLE, PROCESSES, REGISTRIES, VALUES, Helm, Rendered

EVERYWHERE = pytest.mark.parametrize("values", VALUES)
OF_REGISTRIES = {"PROD_PASSWORD", "NEAR_TOKEN"}


def secret(rendered: Rendered, process: str, name: str) -> tuple[str, str]:
    """The Secret and the key that a variable comes from."""
    source = rendered.environment(process)[name]["valueFrom"]["secretKeyRef"]
    return source["name"], source["key"]


@EVERYWHERE
@pytest.mark.parametrize("process", [*REGISTRIES, "test-registries"])
def test_who_talks_to_registries_has_nothing_of_slack_s(helm: Helm, values: str, process: str) -> None:
    rendered = helm.render(values)
    assert [name for name in rendered.environment(process) if name.startswith("SLACK_")] == []
    assert not re.search(r"bot-token|app-token|signing-secret|-slack\b", yaml.safe_dump(dict(rendered.pod(process))))


@EVERYWHERE
@pytest.mark.parametrize("process", [*PEOPLE, "test-people"])
def test_who_talks_to_people_has_no_registry_s_credentials(helm: Helm, values: str, process: str) -> None:
    rendered = helm.render(values)
    assert OF_REGISTRIES.isdisjoint(rendered.environment(process))
    mounted = {each["mountPath"] for each in rendered.container(process)["volumeMounts"]}
    assert mounted <= {"/etc/regclean/config", "/etc/regclean/ca", "/tmp"}


@EVERYWHERE
@pytest.mark.parametrize("process", [*PROCESSES, *DOCTORS])
def test_secrets_are_referred_to_and_never_written_out(helm: Helm, values: str, process: str) -> None:
    environment = helm.render(values).environment(process)
    sensitive = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "REGCLEAN_SIGNING_KEY", "REDIS_PASSWORD")
    written = {name for name in (*sensitive, *OF_REGISTRIES) if "value" in environment.get(name, {})}
    assert written == set()
    assert re.fullmatch(
        r"redis://:\$\(REDIS_PASSWORD\)@[\w-]+-redis:6379/0|", environment["REDIS_URL"].get("value", "")
    )


@EVERYWHERE
def test_checks_before_the_start_have_no_secret_at_all(helm: Helm, values: str) -> None:
    for process in PROCESSES:
        (check,) = helm.render(values).pod(process)["initContainers"]
        assert [each["name"] for each in check["env"]] == ["REGCLEAN_CONFIG"]
        assert {each["mountPath"] for each in check["volumeMounts"]} <= {"/etc/regclean/config", "/etc/regclean/ca"}


@pytest.mark.parametrize("process", PROCESSES)
def test_all_have_redis_and_the_signing_key(helm: Helm, process: str) -> None:
    rendered = helm.render("socket")
    assert secret(rendered, process, "REGCLEAN_SIGNING_KEY") == ("regclean", "signing-key")
    assert secret(rendered, process, "REDIS_PASSWORD") == ("regclean", "redis-password")
    assert rendered.environment(process)["REDIS_URL"]["value"] == "redis://:$(REDIS_PASSWORD)@rc-regclean-redis:6379/0"


def test_the_password_comes_before_the_address_that_names_it(helm: Helm) -> None:
    names = list(helm.render("socket").environment("bot"))
    assert names.index("REDIS_PASSWORD") < names.index("REDIS_URL")


@pytest.mark.parametrize("process", PEOPLE)
def test_sockets_need_the_app_token(helm: Helm, process: str) -> None:
    rendered = helm.render("socket")
    assert secret(rendered, process, "SLACK_BOT_TOKEN") == ("regclean", "bot-token")
    assert secret(rendered, process, "SLACK_APP_TOKEN") == ("regclean", "app-token")
    assert "SLACK_SIGNING_SECRET" not in rendered.environment(process)


@pytest.mark.parametrize("process", PEOPLE)
def test_http_needs_the_signing_secret(helm: Helm, process: str) -> None:
    rendered = helm.render("http")
    assert secret(rendered, process, "SLACK_SIGNING_SECRET") == ("rc-regclean-slack", "signing-secret")
    assert "SLACK_APP_TOKEN" not in rendered.environment(process)


@pytest.mark.parametrize("process", REGISTRIES)
def test_variables_for_registries_come_from_their_secrets(helm: Helm, process: str) -> None:
    assert secret(helm.render("http"), process, "PROD_PASSWORD") == ("regclean-prod", "password")
    assert secret(helm.render("everything"), process, "NEAR_TOKEN") == ("near", "token")


@pytest.mark.parametrize("process", REGISTRIES)
def test_secrets_become_files_where_the_configuration_looks(helm: Helm, process: str) -> None:
    rendered = helm.render("existing-secrets")
    volumes = {each["name"]: each for each in rendered.pod(process)["volumes"]}
    mounts = {each["mountPath"]: volumes[each["name"]] for each in rendered.container(process)["volumeMounts"]}
    assert mounts["/etc/regclean/credentials/registry.prod"]["secret"]["secretName"] == "registry.prod"
    assert mounts["/etc/regclean/docker"]["secret"]["secretName"] == "regclean-hub"
    assert mounts["/etc/regclean/docker"]["secret"]["items"] == [{"key": ".dockerconfigjson", "path": "config.json"}]


@pytest.mark.parametrize("process", PROCESSES)
def test_an_existing_secret_holds_the_address_of_redis(helm: Helm, process: str) -> None:
    rendered = helm.render("existing-secrets")
    assert secret(rendered, process, "REDIS_URL") == ("regclean-redis", "url")
    assert "REDIS_PASSWORD" not in rendered.environment(process)


def test_no_secret_is_made_where_all_exist(helm: Helm) -> None:
    assert helm.render("existing-secrets").kinds("Secret") == []
    assert helm.render("socket").kinds("Secret") == []


def test_given_values_become_secrets(helm: Helm) -> None:
    made = {each["metadata"]["name"]: each["data"] for each in helm.render("http").kinds("Secret")}
    opened = {
        name: {key: base64.b64decode(value).decode() for key, value in data.items()} for name, data in made.items()
    }
    assert opened == {
        "rc-regclean-redis": {"redis-password": "not-a-real-redis-password"},
        "rc-regclean-signing-key": {"signing-key": "not-a-real-signing-key-0123456789abcdef"},
        "rc-regclean-slack": {
            "bot-token": "xoxb-not-a-real-token",
            "signing-secret": "not-a-real-signing-secret",
        },
    }


@pytest.mark.parametrize("values", ["http", "external-redis"])
def test_no_given_secret_stands_anywhere_else(helm: Helm, values: str) -> None:
    given = re.findall(r"\S*not-a-real[\w-]*", (CHART / "ci" / f"{values}-values.yaml").read_text())
    text = yaml.safe_dump([dict(each) for each in helm.render(values).documents if each["kind"] != "Secret"])
    assert given
    assert "not-a-real" not in text


def test_a_changed_secret_replaces_the_pods_that_use_it(helm: Helm) -> None:
    before, after = helm.render("http"), helm.render("http", "--set", "slack.signingSecret=another")
    mark = "checksum/secrets"
    changed = {
        process
        for process in PROCESSES
        if before.one("Deployment", process)["spec"]["template"]["metadata"]["annotations"][mark]
        != after.one("Deployment", process)["spec"]["template"]["metadata"]["annotations"][mark]
    }
    assert changed == set(PEOPLE)


@pytest.mark.parametrize("process", PROCESSES)
def test_authorities_are_mounted_where_tls_may_need_them(helm: Helm, process: str) -> None:
    for values, source in [
        ("external-redis", {"configMap": {"name": "rc-regclean-ca"}}),
        ("existing-secrets", {"configMap": {"name": "company-ca"}}),
        ("everything", {"secret": {"secretName": "company-ca"}}),
    ]:
        pod = helm.render(values).pod(process)
        assert {"name": "ca", **source} in pod["volumes"]


@pytest.mark.parametrize("process", PROCESSES)
def test_slack_s_other_address_reaches_only_who_talks_to_it(helm: Helm, process: str) -> None:
    found = helm.render("everything").environment(process).get("SLACK_API_URL", {}).get("value")
    assert found == ("https://slack-gov.com/api/" if process in PEOPLE else None)


@pytest.mark.parametrize("process", [*PROCESSES, *DOCTORS])
def test_collectors_own_secrets_are_for_who_collects(helm: Helm, process: str) -> None:
    rendered = helm.render("kubernetes-gc")
    mounted = {each["mountPath"] for each in rendered.container(process)["volumeMounts"]}
    assert ("/etc/regclean/collector/far-cluster" in mounted) == (process in {*COLLECTORS, "test-registries"})
