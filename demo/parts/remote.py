"""A registry as a plain client sees it: push, pull with every hash checked, list, delete; none of our product."""

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import httpx

from demo.parts.errors import RemoteError
from demo.parts.images import ALL_MANIFEST_TYPES, Blob, Image, digest_of

ACCEPT: Final = {"Accept": ", ".join(ALL_MANIFEST_TYPES)}
NEXT_PAGE: Final = re.compile(r'<([^>]+)>;\s*rel="?next"?')
Auth = httpx.Auth | tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What a push did: the digest the tag now has, and for each blob `uploaded`, `existed` or `mounted`."""

    digest: str
    blobs: dict[str, str] = field(default_factory=dict)

    @property
    def uploaded(self) -> set[str]:
        return {digest for digest, how in self.blobs.items() if how == "uploaded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """An image read in full: bytes by digest, each equal to its hash; the manifests among them by their own."""

    digest: str
    manifests: dict[str, dict[str, Any]]
    blobs: dict[str, bytes] = field(repr=False)


class Remote:
    """One registry; close it, or use it in a `with`."""

    def __init__(self, url: str, *, auth: Auth = None, ca: Path | None = None) -> None:
        trust = ssl.create_default_context(cafile=ca) if ca else url.startswith("https")
        self.http = httpx.Client(
            base_url=url, auth=auth, verify=trust, trust_env=False, timeout=30, headers={"User-Agent": "sample-parts"}
        )

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def push(self, repository: str, reference: str, image: Image, *, mount_from: str = "") -> Pushed:
        """Upload what is missing, children first, then the manifest under that tag or digest.

        Raises:
            RemoteError: the registry refused a step; the sentence holds its answer.
        """
        how: dict[str, str] = {}
        for child in image.children:
            how |= self.push(repository, child.digest, child, mount_from=mount_from).blobs
        for blob in image.blobs:
            how[blob.digest] = self.push_blob(repository, blob, mount_from=mount_from)
        return Pushed(digest=self.put_manifest(repository, reference, image), blobs=how)

    def push_blob(self, repository: str, blob: Blob, *, mount_from: str = "") -> str:
        """Bring one blob there: `existed`, `mounted` from the other repository, or `uploaded`."""
        if self.http.head(f"/v2/{repository}/blobs/{blob.digest}").status_code == httpx.codes.OK:
            return "existed"
        mount = {"mount": blob.digest, "from": mount_from} if mount_from else {}
        session = self.http.post(f"/v2/{repository}/blobs/uploads/", params=mount)
        if session.status_code == httpx.codes.CREATED:
            return "mounted"
        place = httpx.URL(expect(session, 202).headers["Location"])
        answer = self.http.put(place.copy_merge_params({"digest": blob.digest}), content=blob.data)
        expect(answer, 201)
        return "uploaded"

    def put_manifest(self, repository: str, reference: str, image: Image) -> str:
        """PUT the manifest alone; returns its digest."""
        headers = {"Content-Type": image.media_type}
        expect(self.http.put(f"/v2/{repository}/manifests/{reference}", content=image.data, headers=headers), 201)
        return image.digest

    def manifest(self, repository: str, reference: str) -> httpx.Response:
        """GET a manifest with all four media types accepted; the answer as it came."""
        return self.http.get(f"/v2/{repository}/manifests/{reference}", headers=ACCEPT)

    def digest(self, repository: str, reference: str) -> str | None:
        """The digest a tag stands on, from the hash of the manifest's bytes; None where there is none."""
        answer = self.manifest(repository, reference)
        return None if answer.status_code == httpx.codes.NOT_FOUND else digest_of(expect(answer, 200).content)

    def delete(self, repository: str, reference: str) -> httpx.Response:
        """DELETE a manifest by digest (or tag, where the registry can); the answer as it came."""
        return self.http.delete(f"/v2/{repository}/manifests/{reference}")

    def pull(self, repository: str, reference: str) -> Pulled:
        """Read an image with everything it names.

        Raises:
            RemoteError: a manifest or blob is missing, or its bytes are not what its digest says.
        """
        answer = expect(self.manifest(repository, reference), 200)
        digest = digest_of(answer.content)
        if reference.startswith("sha256:") and reference != digest:
            raise RemoteError(f"{repository}@{reference} has bytes that hash to {digest}.")
        content = answer.json()
        named = [content["config"], *content["layers"]] if "config" in content else []
        blobs = {entry["digest"]: self.blob(repository, entry["digest"]) for entry in named}
        manifests = {digest: content}
        for entry in content.get("manifests", ()):
            child = self.pull(repository, entry["digest"])
            blobs |= child.blobs
            manifests |= child.manifests
        return Pulled(digest=digest, manifests=manifests, blobs=blobs)

    def blob(self, repository: str, digest: str) -> bytes:
        """A blob's bytes.

        Raises:
            RemoteError: it is missing, or does not hash to its digest.
        """
        data = self._bytes_of(f"/v2/{repository}/blobs/{digest}")
        if digest_of(data) != digest:
            raise RemoteError(f"The blob {digest} of {repository} came as {len(data)} other bytes.")
        return data

    def catalog(self, page: int = 100) -> list[str]:
        """All repositories, page by page."""
        return [name for found in self._pages(f"/v2/_catalog?n={page}") for name in found["repositories"]]

    def tags(self, repository: str, page: int = 100) -> list[str]:
        """All tags of a repository in the registry's order; none where it is unknown or emptied."""
        found = self._pages(f"/v2/{repository}/tags/list?n={page}", missing_is_empty=True)
        return [tag for part in found for tag in part["tags"] or ()]

    def _bytes_of(self, path: str) -> bytes:
        try:
            return expect(self.http.get(path, follow_redirects=True), 200).content
        except httpx.RemoteProtocolError as error:  # fewer bytes than promised: a blob swept under a cached descriptor
            raise RemoteError(f"GET {path} broke off: {error}") from error

    def _pages(self, path: str, *, missing_is_empty: bool = False) -> Iterator[dict[str, Any]]:
        following: str | None = path
        while following:
            answer = self.http.get(following)
            if missing_is_empty and answer.status_code == httpx.codes.NOT_FOUND:
                return
            yield expect(answer, 200).json()
            link = NEXT_PAGE.search(answer.headers.get("Link", ""))
            following = link[1] if link else None


def expect(answer: httpx.Response, status: int) -> httpx.Response:
    """The answer itself when it has that status.

    Raises:
        RemoteError: it has another one.
    """
    if answer.status_code != status:
        request = answer.request
        raise RemoteError(
            f"{request.method} {request.url.path} answered {answer.status_code}, not {status}: {answer.text[:500]}"
        )
    return answer


def push(url: str, repository: str, tag: str, image: Image, auth: Auth = None) -> str:
    """Push one image and return the digest its tag now has."""
    with Remote(url, auth=auth) as remote:
        return remote.push(repository, tag, image).digest


def pull(url: str, repository: str, reference: str, auth: Auth = None) -> Pulled:
    """Read one image in full, every hash checked."""
    with Remote(url, auth=auth) as remote:
        return remote.pull(repository, reference)


def catalog(url: str, auth: Auth = None) -> list[str]:
    """All repositories of a registry."""
    with Remote(url, auth=auth) as remote:
        return remote.catalog()


def tags(url: str, repository: str, auth: Auth = None) -> list[str]:
    """All tags of a repository, sorted."""
    with Remote(url, auth=auth) as remote:
        return sorted(remote.tags(repository))
