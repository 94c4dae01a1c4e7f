"""Connections to a container engine by Docker's SDK; every failure becomes a CollectorError with one sentence."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

import docker
import requests
from docker.errors import APIError, DockerException, create_api_error_from_http_exception
from docker.tls import TLSConfig
from requests.exceptions import ConnectTimeout, ReadTimeout, RequestException
from urllib3.exceptions import HTTPError, ReadTimeoutError

from workers.config.gc_docker import DockerRunnerSettings
from workers.core.errors import CollectorError
from workers.gc.execution import last_complaint

PATIENCE: Final = 60
"""Seconds for the engine to answer one call; stopping a container adds the time that the container gets."""

_UNIX: Final = "unix://"
# Only what does not depend on a version is asked before the engine has told its own.
_ANY_VERSION: Final = "1.44"


@contextmanager
def connected(settings: DockerRunnerSettings) -> Iterator[docker.APIClient]:
    """A client that speaks the engine's own version; raises CollectorError when there is no engine, or none for us."""
    host = settings.docker_host
    with asking(f"tell its version at {host}"):
        _reach(host)
        with closing(_client(settings, _ANY_VERSION)) as first:
            version = first.version(api_version=False).get("ApiVersion")
        client = _client(settings, str(version or _ANY_VERSION))
    with closing(client):
        yield client


@contextmanager
def asking(doing: str) -> Iterator[None]:
    """Around calls; `doing` completes “The container engine did not …”."""
    try:
        yield
    except APIError as error:
        raise CollectorError(f"The container engine did not {doing}: {explained(error)}.") from error
    except (ReadTimeout, ConnectTimeout, ReadTimeoutError) as error:
        raise CollectorError(f"The container engine did not {doing} within {PATIENCE} seconds.") from error
    except PermissionError as error:
        raise CollectorError(
            f"The container engine did not {doing}: {error.strerror}; let the workers' user use its socket."
        ) from error
    except (DockerException, RequestException, HTTPError, OSError, EOFError) as error:
        raise CollectorError(
            f"The container engine did not {doing}: {_innermost(error)}; start it, or correct docker_host."
        ) from error


def refuse_failure(answer: requests.Response) -> None:
    """Raise the SDK's error for a call that was made without it and failed."""
    try:
        answer.raise_for_status()
    except requests.HTTPError as error:
        create_api_error_from_http_exception(error)


def explained(error: APIError) -> str:
    """The engine's own words, for people."""
    return last_complaint(str(error.explanation or error))


def _reach(host: str) -> None:
    """Raise OSError when nobody listens: the SDK hides why, and does not close a socket that it cannot connect."""
    if host.startswith(_UNIX):
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(PATIENCE)
            probe.connect(host.removeprefix(_UNIX))


def _client(settings: DockerRunnerSettings, version: str) -> docker.APIClient:
    client = docker.APIClient(
        base_url=settings.docker_host, version=version, timeout=PATIENCE, tls=_tls(settings) or False
    )
    # Proxies and .netrc files of the environment are for the world outside, never for an engine.
    client.trust_env = False
    return client


def _tls(settings: DockerRunnerSettings) -> TLSConfig | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return TLSConfig(client_cert=(settings.tls_cert, settings.tls_key), ca_cert=settings.tls_ca, verify=True)


def _innermost(error: BaseException) -> str:
    """What happened at the bottom of the SDK's layers."""
    while True:
        inner = next((each for each in error.args if isinstance(each, BaseException)), error.__cause__)
        if inner is None:
            return last_complaint(getattr(error, "strerror", None) or str(error))
        error = inner
