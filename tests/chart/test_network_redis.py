"""Network policies around Redis: who reaches it, and how it is reached where somebody else runs it."""

import json

import pytest

from tests.chart.chart import PROCESSES, Document, Helm
from tests.chart.network import tcp


@pytest.mark.parametrize("process", PROCESSES)
def test_all_reach_redis_and_redis_only_lets_them_in(helm: Helm, process: str) -> None:
    rendered = helm.render("socket")
    (peer,) = rendered.egress(process)[1]["to"]
    redis = rendered.one("StatefulSet", "redis")["spec"]["selector"]["matchLabels"]
    assert peer == {"podSelector": {"matchLabels": redis}}
    (rule,) = rendered.one("NetworkPolicy", "redis")["spec"]["ingress"]
    (expression,) = rule["from"][0]["podSelector"]["matchExpressions"]
    assert process in expression["values"]
    assert len(rule["from"]) == 1


def test_redis_calls_nobody(helm: Helm) -> None:
    assert helm.render("socket").egress("redis") == []


@pytest.mark.parametrize("process", PROCESSES)
def test_a_redis_elsewhere_is_reached_by_its_address_or_where_it_is_said_to_be(helm: Helm, process: str) -> None:
    assert helm.render("external-redis").egress(process)[1] == {"ports": tcp(6380)}
    assert helm.render("existing-secrets").egress(process)[1] == {
        "to": [{"ipBlock": {"cidr": "10.1.2.0/24"}}],
        "ports": tcp(6390),
    }


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("redis://redis", {"to": [{"podSelector": {}}]}),
        ("redis://redis.example.com", {"ports": tcp(6379)}),
        ("rediss://user:p%zz@redis.example.com:6390/0?x=a:1", {"ports": tcp(6390)}),
        ("redis://10.1.2.3:6390", {"to": [{"ipBlock": {"cidr": "10.1.2.3/32"}}], "ports": tcp(6390)}),
        ("redis://:p@[fd00::7]:6390/0", {"to": [{"ipBlock": {"cidr": "fd00::7/128"}}], "ports": tcp(6390)}),
        (
            "redis://redis.data.svc.cluster.local:6390",
            {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "data"}}}]},
        ),
    ],
)
def test_an_address_of_redis_is_read_whatever_its_password(helm: Helm, address: str, rule: Document) -> None:
    given = ("--set", "redis.existingSecret=", "--set-json", f"redis.externalUrl={json.dumps(address)}")
    assert helm.render("socket", *given).egress("bot")[1] == rule


def test_sentinels_are_reached_and_whoever_they_name(helm: Helm) -> None:
    address = "rediss+sentinel://user:p@one.example.com,10.0.0.7:26380,three.redis.svc/regclean/0"
    given = ("--set", "redis.existingSecret=", "--set-json", f"redis.externalUrl={json.dumps(address)}")
    rules = helm.render("socket", *given).egress("bot")
    assert rules[1:5] == [
        {"ports": tcp(26379)},
        {"to": [{"ipBlock": {"cidr": "10.0.0.7/32"}}], "ports": tcp(26380)},
        {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "redis"}}}]},
        {"ports": tcp(6379)},
    ]
    place = json.dumps([{"ipBlock": {"cidr": "10.5.0.0/16"}}])
    placed = helm.render("socket", *given, "--set-json", f"networkPolicy.redis.to={place}").egress("bot")
    assert placed[1] == {"to": [{"ipBlock": {"cidr": "10.5.0.0/16"}}], "ports": tcp(26379, 26380, 6379)}
