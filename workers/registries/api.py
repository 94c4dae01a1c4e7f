"""The calls of the Distribution API, as values: method, path, scopes and headers (distribution spec, "Endpoints")."""

from typing import Final

from workers.core.digest import Digest
from workers.core.manifest import ACCEPTED
from workers.core.names import Reference, RepositoryName
from workers.registries.pages import LIST_LIMIT
from workers.registries.reply import Call

_ACCEPT: Final = {"Accept": ", ".join(ACCEPTED)}
_PULL: Final = "pull"
_DELETE: Final = "pull,delete"
_PUSH: Final = "pull,push"


def ping() -> Call:
    return Call(doing="say that it is a registry", method="GET", target="/v2/")


def catalog() -> Call:
    scopes = frozenset({"registry:catalog:*"})
    return Call(doing="list its repositories", method="GET", target="/v2/_catalog", scopes=scopes, limit=LIST_LIMIT)


def tags(repository: RepositoryName) -> Call:
    return Call(
        doing=f"list the tags of {repository}",
        method="GET",
        target=f"/v2/{repository}/tags/list",
        scopes=_scopes(repository, _PULL),
        limit=LIST_LIMIT,
    )


def head_manifest(reference: Reference) -> Call:
    return _manifest("HEAD", reference)


def get_manifest(reference: Reference) -> Call:
    return _manifest("GET", reference)


def _manifest(method: str, reference: Reference) -> Call:
    return Call(
        doing=f"read {reference}",
        method=method,
        target=_manifest_path(reference),
        scopes=_scopes(reference.repository, _PULL),
        headers=_ACCEPT,
    )


def delete_manifest(reference: Reference) -> Call:
    """DELETE by digest or by tag."""
    return Call(
        doing=f"delete {reference}",
        method="DELETE",
        target=_manifest_path(reference),
        scopes=_scopes(reference.repository, _DELETE),
    )


def put_manifest(reference: Reference, body: bytes, media_type: str) -> Call:
    return Call(
        doing=f"store {reference}",
        method="PUT",
        target=_manifest_path(reference),
        scopes=_scopes(reference.repository, _PUSH),
        headers={"Content-Type": media_type},
        content=body,
    )


def get_blob(repository: RepositoryName, digest: Digest, limit: int, extra: float = 0.0) -> Call:
    return Call(
        doing=f"read the blob {digest.short} of {repository}",
        method="GET",
        target=f"/v2/{repository}/blobs/{digest}",
        scopes=_scopes(repository, _PULL),
        limit=limit,
        follow=True,
        extra=extra,
    )


def head_blob(repository: RepositoryName, digest: Digest) -> Call:
    return Call(
        doing=f"weigh the blob {digest.short} of {repository}",
        method="HEAD",
        target=f"/v2/{repository}/blobs/{digest}",
        scopes=_scopes(repository, _PULL),
        follow=True,
    )


def referrers(repository: RepositoryName, digest: Digest) -> Call:
    return Call(
        doing=f"list what refers to {digest.short} in {repository}",
        method="GET",
        target=f"/v2/{repository}/referrers/{digest}",
        scopes=_scopes(repository, _PULL),
    )


def start_upload(repository: RepositoryName) -> Call:
    """POST; may be repeated, for an upload that was started unnoticed holds nothing, and the registry purges it."""
    return Call(
        doing=f"accept an upload to {repository}",
        method="POST",
        target=f"/v2/{repository}/blobs/uploads/",
        scopes=_scopes(repository, _PUSH),
        content=b"",
    )


def cancel_upload(repository: RepositoryName, target: str) -> Call:
    return Call(
        doing=f"cancel an upload to {repository}",
        method="DELETE",
        target=target,
        scopes=_scopes(repository, _PUSH),
    )


def _manifest_path(reference: Reference) -> str:
    return f"/v2/{reference.repository}/manifests/{reference.target}"


def _scopes(repository: RepositoryName, actions: str) -> frozenset[str]:
    return frozenset({f"repository:{repository}:{actions}"})
