"""Tracing's settings: off unless an address is given, and what cannot be used is said in one sentence."""

from pathlib import Path

import pytest

from workers.core.errors import BadInput
from workers.store.tracing_settings import receiver

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
GIVEN = {ENDPOINT: "http://collector:4318"}


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {ENDPOINT: ""},
        {"OTEL_SERVICE_NAME": "regclean", "OTEL_EXPORTER_OTLP_HEADERS": "a=b"},
        GIVEN | {"OTEL_SDK_DISABLED": "TRUE"},
        GIVEN | {"OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_it_is_off(environ: dict[str, str]) -> None:
    assert receiver(environ) == ""


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        (GIVEN, ENDPOINT),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://[::1]/v1/traces"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        (GIVEN | {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        (GIVEN | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_TRACES_EXPORTER": "otlp"}, ENDPOINT),
        (GIVEN | {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"}, ENDPOINT),
        (GIVEN | {"OTEL_EXPORTER_OTLP_HEADERS": "a=b, c = d==,"}, ENDPOINT),
        (GIVEN | {"OTEL_EXPORTER_OTLP_TIMEOUT": "2.5", "OTEL_BSP_MAX_QUEUE_SIZE": "9000"}, ENDPOINT),
    ],
)
def test_it_is_on(environ: dict[str, str], name: str) -> None:
    assert receiver(environ) == name


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({ENDPOINT: "collector:4318"}, f"{ENDPOINT} is no address that traces can be sent to"),
        ({ENDPOINT: "http://"}, "write it as http://HOST:4318"),
        ({ENDPOINT: "http://[::1"}, "is no address"),
        ({ENDPOINT: "http://x:99999"}, "is no address"),
        ({ENDPOINT: "grpc://x:4317"}, "is no address"),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_PROTOCOL is “grpc”; regclean knows http/protobuf.",
        ),
        ({"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"}, "knows http/protobuf"),
        ({"OTEL_EXPORTER_OTLP_COMPRESSION": "zstd"}, "knows none, gzip, deflate"),
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER is “zipkin”; regclean knows otlp, none."),
        ({"OTEL_TRACES_SAMPLER": "sometimes"}, "OTEL_TRACES_SAMPLER is “sometimes”; regclean knows always_on,"),
        ({"OTEL_TRACES_SAMPLER_ARG": "half"}, "OTEL_TRACES_SAMPLER_ARG is “half”; write a number from 0 to 1."),
        ({"OTEL_TRACES_SAMPLER_ARG": "nan"}, "write a number from 0 to 1."),
        ({"OTEL_EXPORTER_OTLP_TIMEOUT": "10s"}, "write a number of seconds."),
        ({"OTEL_BSP_SCHEDULE_DELAY": "0"}, "OTEL_BSP_SCHEDULE_DELAY is “0”; write a whole number above 0."),
        ({"OTEL_BSP_MAX_QUEUE_SIZE": "100"}, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE is more than OTEL_BSP_MAX_QUEUE_SIZE"),
        ({"OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere/ca.pem"}, "There is no file /nowhere/ca.pem"),
    ],
)
def test_what_cannot_be_used_is_said(environ: dict[str, str], says: str) -> None:
    with pytest.raises(BadInput) as caught:
        receiver(GIVEN | environ)
    assert says in caught.value.sentence
    assert caught.value.sentence.endswith(".")


def test_headers_that_cannot_be_read_are_not_repeated() -> None:
    with pytest.raises(BadInput) as caught:
        receiver(GIVEN | {"OTEL_EXPORTER_OTLP_TRACES_HEADERS": "Bearer the-secret-token"})
    assert (
        caught.value.sentence == "OTEL_EXPORTER_OTLP_TRACES_HEADERS cannot be read; write it as NAME=VALUE,NAME=VALUE."
    )


def test_an_address_is_not_repeated_for_it_may_hold_a_password() -> None:
    with pytest.raises(BadInput) as caught:
        receiver({ENDPOINT: "user:hush@collector"})
    assert "hush" not in caught.value.sentence


def test_files_that_are_there_are_taken(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    assert receiver(GIVEN | {"OTEL_EXPORTER_OTLP_CERTIFICATE": str(tmp_path / "ca.pem")}) == ENDPOINT
