"""Network policies: each pod reaches what it needs, and nothing else."""

import json

import pytest

from tests.chart.chart import COLLECTORS, PEOPLE, PROCESSES, REGISTRIES, VALUES, Helm
from tests.chart.network import allows, tcp

EVERYWHERE = pytest.mark.parametrize("values", VALUES)
DNS = {
    "to": [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}},
        {"ipBlock": {"cidr": "169.254.20.10/32"}},
    ],
    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
}


@EVERYWHERE
def test_what_is_not_allowed_is_denied_to_every_pod_of_the_release(helm: Helm, values: str) -> None:
    rendered = helm.render(values)
    policy = rendered.one("NetworkPolicy", "default-deny")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert {"ingress", "egress"}.isdisjoint(policy)
    everybody = policy["podSelector"]["matchLabels"].items()
    for each in rendered.kinds("Deployment", "StatefulSet"):
        assert everybody <= each["spec"]["template"]["metadata"]["labels"].items()


@EVERYWHERE
@pytest.mark.parametrize("process", PROCESSES)
def test_each_policy_is_about_its_own_pods_in_both_directions(helm: Helm, values: str, process: str) -> None:
    rendered = helm.render(values)
    policy = rendered.one("NetworkPolicy", process)["spec"]
    assert (
        policy["podSelector"]["matchLabels"] == rendered.one("Deployment", process)["spec"]["selector"]["matchLabels"]
    )
    assert policy["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize("process", PROCESSES)
def test_names_are_looked_up_in_the_cluster_only(helm: Helm, process: str) -> None:
    assert helm.render("socket").egress(process)[0] == DNS


@pytest.mark.parametrize("process", PEOPLE)
@pytest.mark.parametrize(
    "address", ["10.1.2.3", "172.20.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "fd00::1"]
)
def test_who_talks_to_slack_reaches_no_private_network(helm: Helm, process: str, address: str) -> None:
    assert not allows(helm.render("socket").egress(process), address, 443)


@pytest.mark.parametrize("process", PEOPLE)
def test_who_talks_to_slack_reaches_the_internet_at_443_only(helm: Helm, process: str) -> None:
    rules = helm.render("socket").egress(process)
    assert allows(rules, "3.68.1.1", 443)
    assert allows(rules, "2a05:d014::1", 443)
    assert not allows(rules, "3.68.1.1", 80)
    assert len(rules) == 3


@pytest.mark.parametrize("process", PEOPLE)
def test_with_a_proxy_only_the_proxy_is_reached(helm: Helm, process: str) -> None:
    rules = helm.render("everything").egress(process)
    assert allows(rules, "10.9.8.7", 3128)
    assert not allows(rules, "3.68.1.1", 443)


@pytest.mark.parametrize("process", REGISTRIES)
def test_workers_reach_registries_by_their_own_ports(helm: Helm, process: str) -> None:
    rules = helm.render("socket").egress(process)
    assert rules[2:] == [{"ports": tcp(443)}]


@pytest.mark.parametrize("process", REGISTRIES)
def test_an_address_says_more_than_a_name(helm: Helm, process: str) -> None:
    rules = helm.render("external-redis").egress(process)
    assert {"to": [{"ipBlock": {"cidr": "10.20.30.40/32"}}], "ports": tcp(443)} in rules
    assert not allows(rules, "10.20.30.41", 443)
    assert {"to": [{"ipBlock": {"cidr": "fd00::5/128"}}], "ports": tcp(5000)} in helm.render("everything").egress(
        process
    )


@pytest.mark.parametrize("process", REGISTRIES)
def test_a_registry_in_the_cluster_is_reached_in_its_namespace(helm: Helm, process: str) -> None:
    namespace = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "registry"}}}
    assert {"to": [namespace]} in helm.render("http").egress(process)
    assert {"to": [{"podSelector": {}}]} in helm.render("everything").egress(process)


@pytest.mark.parametrize("process", REGISTRIES)
def test_a_registry_s_proxy_is_reached_too(helm: Helm, process: str) -> None:
    rules = helm.render("http").egress(process)
    assert {"ports": tcp(3128)} in rules
    assert {"ports": tcp(5000)} in rules  # no_proxy excepts some hosts
    proxied = [{"name": "prod", "url": "https://registry.example.com:5000", "proxy": "http://proxy.example.com:3128"}]
    alone = helm.render("http", "--set-json", f"config.registries={json.dumps(proxied)}").egress(process)
    assert {"ports": tcp(3128)} in alone
    assert {"ports": tcp(5000)} not in alone


@pytest.mark.parametrize("process", REGISTRIES)
def test_workers_do_not_reach_what_slack_would_need(helm: Helm, process: str) -> None:
    assert not allows(helm.render("external-redis").egress(process), "3.68.1.1", 443)


@pytest.mark.parametrize("process", REGISTRIES)
def test_where_registries_are_can_be_said(helm: Helm, process: str) -> None:
    place = json.dumps([{"ipBlock": {"cidr": "10.5.0.0/16"}}])
    rules = helm.render("http", "--set-json", f"networkPolicy.registries.to={place}").egress(process)
    assert rules[2:] == [{"to": [{"ipBlock": {"cidr": "10.5.0.0/16"}}], "ports": tcp(5000, 3128, 80)}]


def test_further_ports_are_for_registries_only(helm: Helm) -> None:
    rendered = helm.render("everything")
    assert all({"ports": tcp(8443)} in rendered.egress(process) for process in REGISTRIES)
    assert not any({"ports": tcp(8443)} in rendered.egress(process) for process in PEOPLE)


@pytest.mark.parametrize("process", COLLECTORS)
def test_who_collects_in_kubernetes_reaches_its_api(helm: Helm, process: str) -> None:
    api = {"to": [{"ipBlock": {"cidr": "10.96.0.1/32"}}], "ports": tcp(443, 6443)}
    assert api in helm.render("kubernetes-gc").egress(process)
    anywhere = helm.render("kubernetes-gc", "--set-json", "networkPolicy.kubernetesApi.to=[]")
    assert {"ports": tcp(443, 6443)} in anywhere.egress(process)


@pytest.mark.parametrize("process", COLLECTORS)
def test_who_collects_reaches_the_cache_that_it_empties(helm: Helm, process: str) -> None:
    namespace = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "registry"}}}
    assert {"to": [namespace]} in helm.render("kubernetes-gc").egress(process)


@EVERYWHERE
def test_nobody_else_reaches_the_api(helm: Helm, values: str) -> None:
    rendered = helm.render(values)
    others = PROCESSES if values != "kubernetes-gc" else set(PROCESSES) - set(COLLECTORS)
    for process in others:
        assert not any(port["port"] == 6443 for rule in rendered.egress(process) for port in rule.get("ports", ()))


@pytest.mark.parametrize(("doctor", "process"), [("test-people", "bot"), ("test-registries", "worker-gc")])
@EVERYWHERE
def test_the_doctor_reaches_what_who_it_looks_after_reaches(helm: Helm, values: str, doctor: str, process: str) -> None:
    rendered = helm.render(values)
    assert rendered.egress(doctor) == rendered.egress(process)
    if values == "socket":
        (rule,) = rendered.one("NetworkPolicy", "redis")["spec"]["ingress"]
        assert doctor in rule["from"][0]["podSelector"]["matchExpressions"][0]["values"]


@pytest.mark.parametrize("process", PROCESSES)
def test_nothing_comes_in_over_sockets(helm: Helm, process: str) -> None:
    assert helm.render("socket").one("NetworkPolicy", process)["spec"]["ingress"] == []


def test_over_http_only_the_ingress_reaches_the_bot(helm: Helm) -> None:
    rendered = helm.render("http")
    (rule,) = rendered.one("NetworkPolicy", "bot")["spec"]["ingress"]
    assert rule["from"] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}]
    assert rule["ports"] == tcp("http")
    assert all(
        rendered.one("NetworkPolicy", process)["spec"]["ingress"] == [] for process in PROCESSES if process != "bot"
    )


@pytest.mark.parametrize("process", PROCESSES)
def test_further_rules_are_for_all(helm: Helm, process: str) -> None:
    assert helm.render("everything").egress(process)[-1]["to"] == [{"ipBlock": {"cidr": "10.7.7.7/32"}}]


def test_policies_can_be_left_to_the_cluster(helm: Helm) -> None:
    assert helm.render("socket", "--set", "networkPolicy.enabled=false").kinds("NetworkPolicy") == []


def test_the_service_and_the_ingress_lead_to_the_bot(helm: Helm) -> None:
    rendered = helm.render("http")
    service = rendered.one("Service", "bot")
    assert service["spec"]["selector"] == rendered.one("Deployment", "bot")["spec"]["selector"]["matchLabels"]
    ingress = rendered.one("Ingress", "bot")["spec"]
    (rule,) = ingress["rules"]
    (path,) = rule["http"]["paths"]
    assert (rule["host"], path["path"], path["pathType"]) == ("regclean.example.com", "/slack/events", "Exact")
    assert path["backend"]["service"] == {"name": service["metadata"]["name"], "port": {"name": "http"}}
    assert ingress["tls"] == [{"hosts": ["regclean.example.com"], "secretName": "regclean-tls"}]
    assert ingress["ingressClassName"] == "nginx"


@pytest.mark.parametrize("values", ["socket", "external-redis", "existing-secrets"])
def test_over_sockets_there_is_no_way_in(helm: Helm, values: str) -> None:
    assert [
        each for each in helm.render(values).kinds("Service", "Ingress") if "redis" not in each["metadata"]["name"]
    ] == []
