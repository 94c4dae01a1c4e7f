"""Traces: off by default; else every process is told the collector and reaches it, and so does the doctor."""

import pytest

from tests.chart.chart import DOCTORS, PROCESSES, Document, Helm
from tests.chart.network import tcp
from workers.store.tracing_settings import receiver

COLLECTOR = {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "observability"}}}]}


@pytest.mark.parametrize("process", [*PROCESSES, *DOCTORS])
def test_every_process_tells_its_spans(helm: Helm, process: str) -> None:
    rendered = helm.render("tracing")
    environment = rendered.environment(process)
    headers = environment.pop("OTEL_EXPORTER_OTLP_HEADERS")["valueFrom"]["secretKeyRef"]
    assert headers == {"name": "collector", "key": "headers"}
    given = {name: each["value"] for name, each in environment.items() if name.startswith("OTEL_")}
    assert given == {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.observability.svc:4318",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.1",
    }
    assert receiver(given) == "OTEL_EXPORTER_OTLP_ENDPOINT"
    assert COLLECTOR in rendered.egress(process)


def test_all_are_told_unless_a_share_is_asked_for(helm: Helm) -> None:
    environment = helm.render("tracing", "--set", "tracing.ratio=1").environment("bot")
    assert "OTEL_TRACES_SAMPLER" not in environment


@pytest.mark.parametrize("process", [*PROCESSES, *DOCTORS])
def test_it_is_off_by_default(helm: Helm, process: str) -> None:
    rendered = helm.render("socket")
    assert [name for name in rendered.environment(process) if name.startswith("OTEL_")] == []
    assert COLLECTOR not in rendered.egress(process)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ("tracing.endpoint=https://traces.example.com/otlp", {"ports": tcp(443)}),
        ("tracing.endpoint=http://10.1.2.3:4318", {"to": [{"ipBlock": {"cidr": "10.1.2.3/32"}}], "ports": tcp(4318)}),
        ("networkPolicy.tracing.ports={4319}", {"ports": tcp(4319)}),
        (
            "networkPolicy.tracing.to[0].ipBlock.cidr=10.0.0.0/24",
            {"to": [{"ipBlock": {"cidr": "10.0.0.0/24"}}], "ports": tcp(4318)},
        ),
    ],
)
def test_the_collector_is_reached_where_it_is_said_to_be(helm: Helm, given: str, rule: Document) -> None:
    assert helm.render("tracing", "--set", given).egress("worker-clean")[-1] == rule
