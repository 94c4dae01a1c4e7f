"""Volumes of the registry's pods: where the images are, and what a collector's pod needs to have them, too."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from workers.core.errors import CollectorError
from workers.gc.kube.cluster import Object

_ROOT_VARIABLE: Final = "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"
_USUAL_ROOT: Final = "/var/lib/registry"
_NODES_OWN: Final = frozenset({"persistentVolumeClaim", "hostPath"})
_PASSING: Final = frozenset({"emptyDir", "configMap", "secret", "downwardAPI", "projected", "image"})


def volumes(workload: Object) -> Sequence[Object]:
    """Those of a pod of it, with the claims that a StatefulSet makes.

    Raises CollectorError where each replica has claims of its own, for then no collector sees all of the storage.
    """
    spec = workload["spec"]
    claims: Sequence[Object] = spec.get("volumeClaimTemplates") or ()
    if claims and spec.get("replicas", 1) > 1:
        raise CollectorError(
            f"Each replica of the StatefulSet {workload['metadata']['name']} has a storage of its own; "
            "a registry with several replicas needs one storage for all."
        )
    first = (spec.get("ordinals") or {}).get("start", 0)
    made = [
        {
            "name": claim["metadata"]["name"],
            "persistentVolumeClaim": {
                "claimName": f"{claim['metadata']['name']}-{workload['metadata']['name']}-{first}"
            },
        }
        for claim in claims
    ]
    return [*(spec["template"]["spec"].get("volumes") or ()), *made]


def is_bound_to_a_node(workload: Object, container: Object) -> bool:
    """Whether the registry mounts what may be there on one node only; asking what its claims allow is not needed."""
    mounted = {mount["name"] for mount in container.get("volumeMounts") or ()}
    return any(_NODES_OWN & volume.keys() for volume in volumes(workload) if volume["name"] in mounted)


def refuse_loss(workload: Object, container: Object, what: str) -> None:
    """Raises CollectorError where the images end with the pod: fencing replaces the pods."""
    volume = _of_images(workload, container)
    if volume is not None and "emptyDir" in volume:
        raise CollectorError(
            f"{what} keeps its images in an emptyDir, which a restart empties, so regclean never restarts it; "
            "give it a PersistentVolumeClaim."
        )


def refuse_doubt(workload: Object, container: Object, what: str) -> None:
    """Raises CollectorError unless a volume that outlives the pod is seen to hold the images."""
    volume = _of_images(workload, container)
    if volume is None or _PASSING & volume.keys():
        raise CollectorError(
            f"{what} has no volume for its images that would be seen to outlive a restart; with mode: job, a dry run "
            "shows that they are elsewhere."
        )


def _of_images(workload: Object, container: Object) -> Mapping[str, Any] | None:
    """The volume over the storage's root directory, as far as the pod tells; None where there is none."""
    root = next((entry.get("value") for entry in container.get("env") or () if entry["name"] == _ROOT_VARIABLE), None)
    covering = [
        mount
        for mount in container.get("volumeMounts") or ()
        if f"{root or _USUAL_ROOT}/".startswith(f"{mount['mountPath'].rstrip('/')}/")
    ]
    if not covering:
        return None
    nearest = max(covering, key=lambda mount: len(mount["mountPath"]))
    return next((volume for volume in volumes(workload) if volume["name"] == nearest["name"]), None)
