"""Verification: after a collection, every manifest that stayed still has all its blobs."""

from collections.abc import Mapping, Sequence

from workers.config import RegistrySettings
from workers.core.digest import Digest
from workers.core.snapshot import RepositoryView
from workers.gc.runner import StorageAccess
from workers.reading import Budget, Reader, whole
from workers.runtime import Runtime


async def damage(runtime: Runtime, settings: RegistrySettings, storage: StorageAccess | None) -> Sequence[str]:
    """References whose manifest or blobs are missing, sorted; raises RegistryError when the registry cannot be read.

    Manifests are read over HTTP; their blobs are weighed on the storage where it can be read.
    """
    async with runtime.registry(settings) as registry:
        views, _ = await whole(Reader(registry, Budget(runtime.config.limits.plan_manifests)), ())
    broken = {f"{view.name}:{tag}" for view in views for tag in view.unusable}
    return sorted(broken | (_missing(views, storage) if storage else set()))


def _missing(views: Sequence[RepositoryView], storage: StorageAccess) -> set[str]:
    wanted: Mapping[Digest, int] = {
        digest: size
        for view in views
        for manifest in view.manifests.values()
        for digest, size in manifest.blobs.items()
    }
    sizes = storage.blob_sizes(wanted).sizes
    wrong = {digest for digest, size in wanted.items() if sizes.get(digest) != size}
    return {
        f"{view.name}:{tag}"
        for view in views
        for tag, top in view.tags.items()
        if any(wrong & view.manifests[digest].blobs.keys() for digest in view.reach([top]) & view.manifests.keys())
    }
