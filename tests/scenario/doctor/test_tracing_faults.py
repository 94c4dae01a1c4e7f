"""What can be wrong with the receiver of traces, and with the variables that say where it is."""

from collections.abc import Iterator

import pytest

from demo.parts.processes import free_port
from tests.otlp import Receiver
from tests.scenario.doctor.clinic import Clinic

CHECK = "tracing.receiver"
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def test_a_receiver_that_takes_traces_is_fine(clinic: Clinic, receiver: Receiver) -> None:
    given = {ENDPOINT: f"{receiver.url}/", "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20abc"}
    found = clinic.with_environment(**given).examine("tracing")
    assert found.wrong == []
    assert found.of(CHECK).verdict.finding == "The receiver of traces takes them."
    assert receiver.paths == {"/v1/traces"}
    assert receiver.headers[0]["authorization"] == "Bearer abc"
    assert receiver.bodies == [b""]


def test_the_address_for_traces_alone_is_taken_as_it_is(clinic: Clinic, receiver: Receiver) -> None:
    given = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{receiver.url}/here"}
    assert clinic.with_environment(**given).examine("tracing").wrong == []
    assert receiver.paths == {"/here"}


def test_one_that_refuses_is_told_with_its_status(clinic: Clinic, receiver: Receiver) -> None:
    receiver.status = 401
    found = clinic.with_environment(**{ENDPOINT: receiver.url}).examine("tracing")
    assert found.wrong == [f"warning {CHECK}"]
    assert "status 401" in found.of(CHECK).verdict.finding
    assert "OTEL_EXPORTER_OTLP_HEADERS" in found.of(CHECK).verdict.remedy


def test_one_that_is_away_is_told(clinic: Clinic) -> None:
    found = clinic.with_environment(**{ENDPOINT: f"http://127.0.0.1:{free_port()}"}).examine("tracing")
    assert found.wrong == [f"warning {CHECK}"]
    assert "cannot be reached" in found.of(CHECK).verdict.finding


def test_a_variable_that_keeps_processes_from_starting_is_a_problem(clinic: Clinic) -> None:
    given = {ENDPOINT: "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    found = clinic.with_environment(**given).examine("tracing")
    assert found.wrong == [f"problem {CHECK}"]
    assert found.of(CHECK).verdict.remedy == "Regclean knows http/protobuf."
