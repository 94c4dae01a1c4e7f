"""The gc runner `docker`: a registry in a container, operated through the Docker Engine API (Docker, or Podman)."""

from workers.config.gc_docker import DockerRunnerSettings
from workers.core.errors import CollectorError
from workers.gc.runner import Runner


def open_runner(settings: DockerRunnerSettings) -> Runner:
    """Nothing is connected yet; raises CollectorError when Docker's SDK, an extra of regclean, is not installed."""
    try:
        from workers.gc.docker.executing import ExecutingRunner  # noqa: PLC0415 - the SDK need not be there
        from workers.gc.docker.stopping import StoppingRunner  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "docker":
            raise
        raise CollectorError(
            "The gc runner `docker` needs Docker's SDK for Python; install it for the workers: regclean[docker]."
        ) from error
    return StoppingRunner(settings) if settings.mode == "stop" else ExecutingRunner(settings)
