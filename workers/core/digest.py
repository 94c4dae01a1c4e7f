"""Digest: the name of content by its hash (OCI image spec, "Descriptor: Digests")."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Self

from workers.core.echo import echo
from workers.core.errors import BadName

_LENGTHS: Final = {"sha256": 64, "sha512": 128}
_HEX: Final = re.compile(r"[0-9a-f]+")
_SHORT: Final = re.compile(r"(?:sha256:)?([0-9a-f]{12,63})")


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """`sha256:<64 hex>` or `sha512:<128 hex>`; `str()` gives the canonical form."""

    algorithm: str
    hex: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a digest; raises BadName for anything a registry would answer with 400 or 500."""
        algorithm, _, digits = text.partition(":")
        if _LENGTHS.get(algorithm) != len(digits) or not _HEX.fullmatch(digits):
            raise BadName(f"“{echo(text)}” is not a digest; a digest looks like sha256: followed by 64 hex digits.")
        return cls(algorithm, digits)

    @classmethod
    def of(cls, body: bytes) -> Self:
        """The sha256 digest of a body."""
        return cls("sha256", hashlib.sha256(body).hexdigest())

    def matches(self, body: bytes) -> bool:
        """Whether this digest is the hash of the body."""
        return hashlib.new(self.algorithm, body).hexdigest() == self.hex

    @property
    def short(self) -> str:
        """The first twelve hex digits, for people."""
        return self.hex[:12]

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


@dataclass(frozen=True, slots=True, order=True)
class ShortDigest:
    """The beginning of a sha256 digest, at least the twelve hex digits that cards show; no registry knows it."""

    hex: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        """With or without `sha256:`; None for anything else."""
        found = _SHORT.fullmatch(text)
        return cls(found[1]) if found else None

    def begins(self, digest: Digest) -> bool:
        return digest.algorithm == "sha256" and digest.hex.startswith(self.hex)

    def __str__(self) -> str:
        return f"sha256:{self.hex}"
