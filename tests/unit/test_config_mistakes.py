"""One sentence for each mistake in the configuration, and all of them at once."""

import pytest

from tests.unit.configuration import GC, mistakes, written
from workers.config import BadConfig, parse

REGISTRY_MISTAKES = [
    ("name: Prod", "name", "Write lower-case letters"),
    ("name: no", None, ""),
    ("name: 5", "name", "Write lower-case letters"),
    ("url: registry.example.com", "url", "begins with https://"),
    ("url: 'ftp://r.example.com'", "url", "begins with https://"),
    ("url: 'https://bot:hunter2@r.example.com'", "url", "Remove the user and password"),
    ("url: 'https://r.example.com/prefix'", "url", "Remove everything after the host and port"),
    ("url: 'https://r.example.com?x=1'", "url", "Remove everything after the host and port"),
    ("url: 'https://r.example.com:99999'", "url", "Write a host name with or without a port"),
    ("url: 'https://[::g]'", "url", "Write a host name with or without a port"),
    ("url: 'https://[1::2::3]'", "url", "Write a proper IPv6 address"),
    ("url: 'https://-r.example.com'", "url", "Write a host name"),
    ("url: [a]", "url", "Write a URL such as"),
    ("aliases: docker.example.com", "aliases", "Write a list"),
    ("aliases: ['https://docker.example.com']", "aliases[0]", "Write only a host name"),
    ("aliases: [a.example, A.example]", "aliases[1]", "stands here twice"),
    ("kind: harbor", "kind", "Write distribution."),
    ("plain_http: true", "plain_http", "Remove plain_http"),
    ("url: 'http://r.example.com'", "plain_http", "Write plain_http: true"),
    ("plain_http: 'true'", "plain_http", "Write true or false."),
    ("plain_http: yes", "plain_http", "Write true or false."),
    ("proxy: 'http://user:hunter2@proxy:3128'", "proxy", "Remove the user and password"),
    ("proxy: proxy:3128", "proxy", "Write the proxy as scheme, host and port"),
    ("no_proxy: [10.0.0.0/99]", "no_proxy[0]", "Write a host, a domain"),
    ("no_proxy: [10.0.0.0/8, 'a b']", "no_proxy[1]", "Write a host, a domain"),
    ("no_proxy: ['1::2::3']", "no_proxy[0]", "Write a host, a domain"),
    ("no_proxy: [7]", "no_proxy[0]", "Write a host, a domain"),
    ("ca_file: ca.pem", "ca_file", "Write the full path"),
    ("concurrency: 0", "concurrency", "Write a whole number from 1 to 64."),
    ("concurrency: 65", "concurrency", "Write a whole number from 1 to 64."),
    ("concurrency: '8'", "concurrency", "Write a whole number from 1 to 64."),
    ("concurrency: true", "concurrency", "Write a whole number from 1 to 64."),
    ("protected: [latest]", "protected[0]", "Write a pattern over repository:tag"),
    ("protected: ['host:5000/app:*']", "protected[0]", "without the registry's host"),
    ("untag: never", "untag", "Write auto, native, placeholder or refuse."),
    ("channel: '#general'", "channel", "Write the channel's id"),
    ("timeout: 0", "timeout", "Write a duration above zero and at most 10m"),
    ("timeout: 11m", "timeout", "Write a duration above zero and at most 10m"),
    ("timeout: 1e999", "timeout", "Write a duration above zero and at most 10m"),
    ("timeout:", "timeout", "There is no value; write one, or remove the line."),
    ("concurency: 3", "concurency", "did you mean “concurrency”?"),
    ("plain-http: true", "plain-http", "did you mean “plain_http”?"),
    ("nonsense: 3", "nonsense", "This key is unknown; remove it. The keys here are name, url,"),
    ("credentials: {}", "credentials", "Keep exactly one form"),
    ("credentials: {username: bot}", "credentials", "Add password_env"),
    ("credentials: {password_env: A}", "credentials", "Add username"),
    ("credentials: {username: bot, password_env: A, password_file: /p}", "credentials", "Keep exactly one form"),
    ("credentials: {token_env: A, docker_config: /p}", "credentials", "Keep exactly one form"),
    ("credentials: {username: 'a:b', password_env: A}", "credentials.username", "it cannot hold “:”"),
    ("credentials: {username: bot, password: hunter2}", "credentials.password", "write password_env: NAME"),
    ("credentials: {token: hunter2}", "credentials.token", "A secret never stands in this file"),
    ("credentials: {username: bot, password_env: 'hunter2!'}", "credentials.password_env", "never the secret itself"),
    ("credentials: {docker_config: ~/.docker/config.json}", "credentials.docker_config", "Write the full path"),
]


@pytest.mark.parametrize(("registry", "key", "sentence"), REGISTRY_MISTAKES)
def test_one_mistake_in_a_registry(registry: str, key: str | None, sentence: str) -> None:
    if key is None:
        assert parse(written(registry)).registries[0].name == "no"
        return
    (mistake,) = mistakes(written(registry))
    assert mistake.startswith(f"registries[0].{key}: ")
    assert sentence in mistake
    assert "hunter2" not in mistake


GC_MISTAKES = [
    ("runner: comand", "runner", "did you mean “command”?"),
    ("runner: helm", "runner", "write runner: command or docker or kubernetes."),
    ("runner: [command]", "runner", "write runner: command"),
    ("read_only_on: systemctl restart registry", "read_only_on", "Write a list of argument lists"),
    ("read_only_on: [systemctl, restart]", "read_only_on", "Write a list of argument lists"),
    ("read_only_on: [[systemctl, 3]]", "read_only_on[0]", "Put argument 2 in quotes"),
    ("read_only_on: [[a], []]", "read_only_on[1]", "Write a list of arguments"),
    ("read_only_on: []", "read_only_on", "Write at least one argument list"),
    ("read_only_off: []", "read_only_off", "Write at least one argument list"),
    ("restart: [['systemctl restart registry']]", "restart[0]", "Write a list of arguments"),
    ("collecting: pgrep registry", "collecting", "Write a list of arguments"),
    ("collecting: [[pgrep]]", "collecting", "Write a list of arguments"),
    ('collecting: ["a", "\\0"]', "collecting[1]", "cannot be printed"),
    ("collecting: [pgrep, ~]", "collecting[1]", "There is no value"),
    ("dry_run: [registry, garbage-collect, c.yml]", "dry_run", "Add --dry-run"),
    ("dry_run: [registry, garbage-collect, --dry-run=false, c.yml]", "dry_run", "Add --dry-run"),
    ("dry_run: [registry, garbage-collect, --dry-run, -m, c.yml]", "dry_run", "Remove --delete-untagged"),
    ("dry_run: [registry, garbage-collect, --dry-run, -q, c.yml]", "dry_run", "Remove --quiet"),
    ("collect: [registry, garbage-collect, --dry-run, c.yml]", "collect", "Remove --dry-run"),
    ("collect: [registry, garbage-collect, -d, c.yml]", "collect", "Remove --dry-run"),
    ("collect: [registry, garbage-collect, --delete-untagged, c.yml]", "collect", "children of tagged indexes"),
    ("collect: [registry, garbage-collect, --delete-untagged=true, c.yml]", "collect", "children of tagged indexes"),
    ("collect: [sh, -c, 'registry garbage-collect -m c.yml']", "collect", "children of tagged indexes"),
    ("storage_root: registry", "storage_root", "Write the full path"),
    ("timeout: 8d", "timeout", "at most 7d"),
    ("colect: [a]", "colect", "did you mean “collect”?"),
]


@pytest.mark.parametrize(("gc", "key", "sentence"), GC_MISTAKES)
def test_one_mistake_in_garbage_collection(gc: str, key: str, sentence: str) -> None:
    (mistake,) = mistakes(written(f"gc: {{<<: {{{GC}}}, {gc}}}"))
    assert mistake.startswith(f"registries[0].gc.{key}: ")
    assert sentence in mistake


def test_a_wrappers_own_m_option_is_not_delete_untagged() -> None:
    collect = "collect: [python3, -m, wrapper, registry, garbage-collect, c.yml]"
    assert parse(written(f"gc: {{<<: {{{GC}}}, {collect}}}")).registries[0].gc


REST_MISTAKES = [
    ({"rest": "gc: {}"}, "gc: This key is unknown; remove it. The keys here are registries, approvals, channels,"),
    ({"approvals": "approvers: []"}, "approvals.approvers: Name at least one approver"),
    ({"approvals": "approvers: ['@ada']"}, "approvals.approvers[0]: Write a person's member id"),
    ({"approvals": "approvers: [S012ABCDEF]"}, "approvals.approvers[0]: Write a person's member id"),
    ({"approvals": "approvers: [U012ABCDEF, U012ABCDEF]"}, "approvals.approvers[1]: This stands here twice"),
    (
        {"approvals": "approvers: [U012ABCDEF], expiry: 31d"},
        "approvals.expiry: Write a duration above zero and at most",
    ),
    ({"approvals": "approvers: [U012ABCDEF], expiry: 0"}, "approvals.expiry: Write a duration above zero"),
    ({"approvals": "approvers: [U012ABCDEF], expiry: soon"}, "approvals.expiry: Write a duration above zero"),
    ({"channels": "default: general"}, "channels.default: Write the channel's id"),
    ({"channels": "default: D0123456789"}, "channels.default: Write the channel's id"),
    ({"channels": "defalt: C0123456789"}, "channels.defalt: This key is unknown; did you mean “default”?"),
    (
        {"rest": "slack: {bot_token: xoxb-1}"},
        "slack.bot_token: A secret never stands in this file; give Slack's tokens",
    ),
    ({"rest": "limits: {images_per_request: 0}"}, "limits.images_per_request: Write a whole number from 1"),
    ({"rest": "signing_key: x"}, "signing_key: A secret never stands in this file"),
    ({"rest": "limits: 5"}, "limits: Write keys and values here: images_per_request, plan_manifests, open_requests"),
]


@pytest.mark.parametrize(("blocks", "start"), REST_MISTAKES)
def test_one_mistake_elsewhere(blocks: dict[str, str], start: str) -> None:
    (mistake,) = mistakes(written(**blocks))
    assert mistake.startswith(start)


def test_no_registry_at_all_is_refused() -> None:
    content = b"registries: []\napprovals: {approvers: [U012ABCDEF]}\nchannels: {default: C0123456789}"
    assert mistakes(content) == ["registries: Name at least one registry."]


CLASHES = [
    ("name: prod, url: 'https://other.example.com'", "registries[1].name"),
    ("name: r.example.com, url: 'https://other.example.com'", "registries[1].name"),
    ("name: dev, url: 'https://R.example.com:443'", "registries[1].url"),
    ("name: dev, url: 'https://other.example.com', aliases: [x, r.example.com]", "registries[1].aliases[1]"),
    ("name: dev, url: 'https://other.example.com', aliases: [prod]", "registries[1].aliases[0]"),
]


@pytest.mark.parametrize(("second", "path"), CLASHES)
def test_two_registries_never_share_a_name_or_a_host(second: str, path: str) -> None:
    content = written().replace(b"}]", f"}}, {{{second}}}]".encode(), 1)
    assert f"{path}: registries[0] has this already; every registry needs its own." in mistakes(content)


def test_the_same_host_on_two_ports_is_two_registries() -> None:
    second = "name: dev, url: 'https://r.example.com:5000'"
    assert len(parse(written().replace(b"}]", f"}}, {{{second}}}]".encode(), 1)).registries) == 2


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    content = b"""registries:
  - name: prod
    url: https://a:hunter2@r.example.com
    concurency: 3
    credentials: {username: bot, password: hunter2}
  - name: prod
    url: http://s.example.com
    gc: {runner: command, collect: [registry, garbage-collect, -m]}
  - words
approvals:
  approvers: ["@ada", U012ABCDEF, U012ABCDEF]
  expiry: 1h
  expiry: 2h
channels: {}
"""
    with pytest.raises(BadConfig) as caught:
        parse(content, "regclean.yaml")
    assert [(mistake.line, mistake.path) for mistake in caught.value.mistakes] == [
        (3, "registries[0].url"),
        (4, "registries[0].concurency"),
        (5, "registries[0].credentials.password"),
        (6, "registries[1].name"),
        (6, "registries[1].plain_http"),
        (8, "registries[1].gc.read_only_on"),
        (8, "registries[1].gc.read_only_off"),
        (8, "registries[1].gc.dry_run"),
        (8, "registries[1].gc.collect"),
        (9, "registries[2]"),
        (11, "approvals.approvers[2]"),
        (11, "approvals.approvers[0]"),
        (13, "approvals.expiry"),
        (14, "channels.default"),
    ]
    assert caught.value.sentence.startswith("regclean.yaml has 14 mistakes:\nregistries[0].url: Remove the user")
    assert "hunter2" not in str(caught.value)
