"""Connection: the official client, opened from a kubeconfig file or from the pod's own service account."""

from typing import TYPE_CHECKING

from workers.config.gc_kubernetes import KubernetesRunnerSettings
from workers.core.errors import CollectorError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

_MISSING = "The runner kubernetes needs the package kubernetes: install regclean[kubernetes], or use another runner."


def connect(settings: KubernetesRunnerSettings) -> "ApiClient":
    """Raises CollectorError with what is missing."""
    try:
        # Loaded only where it is used: it is optional, and large.
        from kubernetes import client, config  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise CollectorError(_MISSING) from error
    configuration = client.Configuration()
    try:
        if settings.kubeconfig:
            config.load_kube_config(settings.kubeconfig, settings.context, configuration)
        else:
            config.load_incluster_config(client_configuration=configuration)
    # What a file can hold is open-ended, and so is what its reader raises; nothing else is called here.
    except Exception as error:
        where = f"{settings.kubeconfig} cannot be used" if settings.kubeconfig else "regclean runs in no cluster"
        # Only the first line: what follows may be a piece of the file, which holds secrets.
        reason = str(error).partition("\n")[0].rstrip(".")
        raise CollectorError(f"{where}: {reason}; correct gc.kubeconfig.") from error
    configuration.retries = False  # Cluster repeats what may be repeated
    return client.ApiClient(configuration)
