"""Names in a registry: RepositoryName, Tag, and Reference (distribution spec, "Pulling manifests")."""

import re
from dataclasses import dataclass
from typing import Final, Self

from workers.core.digest import Digest, ShortDigest
from workers.core.echo import echo
from workers.core.errors import BadName

_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY: Final = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", re.ASCII)
_LONGEST_REPOSITORY: Final = 255


@dataclass(frozen=True, slots=True, order=True)
class RepositoryName:
    """A repository's path below the registry, such as `library/busybox`."""

    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a repository name; raises BadName."""
        if len(text) > _LONGEST_REPOSITORY:
            raise BadName(f"The repository name “{echo(text, 40)}” is longer than {_LONGEST_REPOSITORY} characters.")
        if not _REPOSITORY.fullmatch(text):
            raise BadName(f"“{echo(text)}” is not a repository name; {_remedy(text)}")
        return cls(text)

    def __str__(self) -> str:
        return self.path


def _remedy(text: str) -> str:
    if _REPOSITORY.fullmatch(text.lower()):
        return f"names are in lower case: did you mean {echo(text.lower())}?"
    return "use lower-case letters and digits, with one of . _ __ - between them, and / between parts."


@dataclass(frozen=True, slots=True, order=True)
class Tag:
    """A movable pointer to a manifest; case-sensitive, at most 128 characters."""

    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a tag; raises BadName."""
        if not _TAG.fullmatch(text):
            raise BadName(
                f"“{echo(text)}” is not a tag; a tag has at most 128 letters, digits, “_”, “.” and “-”, "
                "and starts with none of the last two."
            )
        return cls(text)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A repository plus a tag, a digest, or the beginning of one: exactly one of them."""

    repository: RepositoryName
    target: Tag | Digest | ShortDigest

    @property
    def tag(self) -> Tag | None:
        return self.target if isinstance(self.target, Tag) else None

    @property
    def digest(self) -> Digest | None:
        return self.target if isinstance(self.target, Digest) else None

    @property
    def short(self) -> ShortDigest | None:
        return self.target if isinstance(self.target, ShortDigest) else None

    @classmethod
    def parse(cls, text: str, within: str = "") -> Self:
        """Read `repository:tag` or `repository@digest`; no tag is implied. Raises BadName.

        `within` is what stood before it, such as `prod/`, for the example of what to write.
        """
        if not text:
            raise BadName("Nothing is named; write REPOSITORY:TAG or REPOSITORY@DIGEST.")
        repository, at, digest = text.partition("@")
        if at and ":" in repository:
            raise BadName(f"“{echo(text, 140)}” names a tag and a digest; write one of them.")
        if at:
            return cls(RepositoryName.parse(repository), ShortDigest.read(digest) or Digest.parse(digest))
        repository, colon, tag = text.rpartition(":")
        if not colon:
            name = echo(RepositoryName.parse(text).path)
            better = f"{echo(within, 100)}{name}"
            raise BadName(f"“{name}” names no tag; write {better}:TAG or {better}@DIGEST.")
        return cls(RepositoryName.parse(repository), Tag.parse(tag))

    def __str__(self) -> str:
        return f"{self.repository}{':' if self.tag else '@'}{self.target}"
