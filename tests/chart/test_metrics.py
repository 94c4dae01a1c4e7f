"""Figures for Prometheus: off by default, found where they are, and nothing alerts or draws what is not told."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.chart import CHART, PROCESSES, Helm
from tests.chart.network import tcp
from tests.chart.promql import Expression
from tests.scenario.test_metrics import BOT, ONLY_FENCED, SWEEP

DOCS = Path(__file__).parents[2] / "docs"
RULES: list[dict[str, Any]] = yaml.safe_load((CHART / "files" / "alerts.yaml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((CHART / "files" / "dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
SHAPES = {**SWEEP, **BOT, ONLY_FENCED: ("gauge", {"registry"})}
ENDINGS = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
TOLD = {name + ending: labels for name, (kind, labels) in SHAPES.items() for ending in ENDINGS[kind]}
FROM_KUBERNETES = {"namespace", "le"}
EXPRESSIONS = [
    *(pytest.param(rule["expr"], id=rule["alert"]) for rule in RULES),
    *(pytest.param(target["expr"], id=panel["title"]) for panel in PANELS for target in panel["targets"]),
]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_only_what_is_told_is_asked_for(text: str) -> None:
    expression = Expression.parse(text)
    assert expression.closes
    assert expression.figures
    assert expression.figures - TOLD.keys() == set()
    known = set().union(*(TOLD[figure] for figure in expression.figures)) | FROM_KUBERNETES
    assert expression.labels - known == set()


@pytest.mark.parametrize(
    ("text", "figures", "labels", "closes"),
    [
        ('sum by (a, b) (rate(regclean_x_total{c=~"d|e{"}[5m]))', {"regclean_x_total"}, {"a", "b", "c"}, True),
        ("min(regclean_y) == 0", {"regclean_y"}, set(), True),
        ("min(regclean_y]", {"regclean_y"}, set(), False),
        ("min(regclean_y", {"regclean_y"}, set(), False),
    ],
)
def test_expressions_are_read_as_prometheus_would(text: str, figures: set[str], labels: set[str], closes: bool) -> None:
    assert Expression.parse(text) == Expression(frozenset(figures), frozenset(labels), closes)


def test_each_figure_but_the_build_is_drawn_or_alerted_on() -> None:
    used = set().union(*(Expression.parse(str(each.values[0])).figures for each in EXPRESSIONS))
    told = {name for name in SHAPES if not any(name + ending in used for ending in ENDINGS[SHAPES[name][0]])}
    assert told == {
        "regclean_build_info",
        "regclean_sweeper_active",
        "regclean_requests_opened",
        "regclean_audit_chain_verified_timestamp_seconds",
    }


def test_each_figure_is_documented() -> None:
    page = (DOCS / "alerts.md").read_text()
    written = {name + ("_total" if kind == "counter" else "") for name, (kind, _) in SHAPES.items()}
    assert {name for name in written if f"`{name}`" not in page} == set()


def test_each_alert_has_its_section_and_each_section_its_alert() -> None:
    sections = re.findall(r"^## (Regclean\w+)$", (DOCS / "alerts.md").read_text(), re.MULTILINE)
    assert sorted(sections) == sorted(rule["alert"] for rule in RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_alerts_say_how_bad_it_is_and_what_it_is(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    summary = rule["annotations"]["summary"]
    assert summary.endswith(".")
    asked = set(re.findall(r"\$labels\.(\w+)", summary))
    grouped = {label for found in re.findall(r"by \(([^)]*)\)", rule["expr"]) for label in found.split(", ")}
    assert asked <= grouped


def test_panels_do_not_overlap_and_have_ids_of_their_own() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    for one, other in combinations([panel["gridPos"] for panel in DASHBOARD["panels"]], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in DASHBOARD["panels"])


def test_the_rules_and_the_dashboard_arrive_as_they_are_in_the_files(helm: Helm) -> None:
    rendered = helm.render("metrics")
    rule = rendered.one("PrometheusRule", "metrics")
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    ((group),) = rule["spec"]["groups"]
    for found, written in zip(group["rules"], RULES, strict=True):
        address = f"https://docs.example.com/regclean/alerts/#{written['alert'].lower()}"
        assert found == written | {"annotations": written["annotations"] | {"runbook_url": address}}
    board = rendered.one("ConfigMap", "dashboard")
    assert json.loads(board["data"]["regclean.json"]) == DASHBOARD
    assert board["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert board["metadata"]["annotations"] == {"grafana_folder": "Registries"}


def test_without_an_address_alerts_name_no_page(helm: Helm) -> None:
    (group,) = helm.render("metrics", "--set", "metrics.rules.runbooks=").one("PrometheusRule", "metrics")["spec"][
        "groups"
    ]
    assert group["rules"] == RULES


def test_the_monitor_finds_the_services_and_they_find_who_answers(helm: Helm) -> None:
    rendered = helm.render("metrics")
    monitor = rendered.one("ServiceMonitor", "metrics")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"]["namespaceSelector"] == {"matchNames": ["tools"]}
    (endpoint,) = monitor["spec"]["endpoints"]
    assert (endpoint["path"], endpoint["interval"]) == ("/metrics", "15s")
    wanted = monitor["spec"]["selector"]["matchLabels"].items()
    asked = {
        each["metadata"]["labels"]["app.kubernetes.io/component"]: each["spec"]
        for each in rendered.kinds("Service")
        if wanted <= each["metadata"]["labels"].items()
        and endpoint["port"] in {port["name"] for port in each["spec"]["ports"]}
    }
    assert asked.keys() == {"bot", "sweep"}
    for component, spec in asked.items():
        (port,) = spec["ports"]
        assert spec["selector"] == rendered.one("Deployment", component)["spec"]["selector"]["matchLabels"]
        (opened,) = rendered.container(component)["ports"]
        assert (port["targetPort"], port["port"]) == (opened["name"], opened["containerPort"])
    assert rendered.environment("sweep")["REGCLEAN_METRICS_PORT"]["value"] == "9464"
    assert asked["sweep"]["ports"][0]["port"] == 9464


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_only_who_answers_is_reached_and_only_by_those_who_may_ask(helm: Helm, mode: str) -> None:
    rendered = helm.render("metrics", "--set", f"slack.mode={mode}")
    peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    for process in PROCESSES:
        rules = rendered.one("NetworkPolicy", process)["spec"]["ingress"]
        asked = [rule for rule in rules if rule.get("from") == peers]
        port = {"bot": "http", "sweep": "metrics"}.get(process)
        assert asked == ([{"ports": tcp(port), "from": peers}] if port else [])
        from_slack = [rule for rule in rules if rule not in asked]
        assert len(from_slack) == (mode == "http" and process == "bot")


def test_it_is_off_by_default(helm: Helm) -> None:
    rendered = helm.render("socket")
    assert rendered.kinds("ServiceMonitor", "PrometheusRule") == []
    assert "REGCLEAN_METRICS_PORT" not in rendered.environment("sweep")
    assert "dashboard" not in {each["metadata"]["labels"]["app.kubernetes.io/component"] for each in rendered.documents}
