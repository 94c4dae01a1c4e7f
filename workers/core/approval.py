"""Approval: who said yes to exactly what and until when, signed with a key that is not in Redis."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from workers.core.errors import BadInput, NotAuthentic
from workers.core.moment import moment
from workers.core.plan import Json, canonical

_ID_LENGTH: Final = 8
# Nothing that regclean signs otherwise begins like this: approvals, jobs and fences are JSON.
_ID_MESSAGE: Final = b"regclean: which key is this?"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys for HMAC-SHA256: the first signs, all verify, so that they can be rotated."""

    keys: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not self.keys or not all(self.keys):
            raise BadInput("There is no signing key, or an empty one; give at least one, of 32 random bytes.")

    @property
    def ids(self) -> tuple[str, ...]:
        """The first 8 hexadecimal digits of each key's HMAC of a constant, in order; they give no key away."""
        return tuple(_hmac(key, _ID_MESSAGE)[:_ID_LENGTH] for key in self.keys)

    def sign(self, message: bytes) -> str:
        return _hmac(self.keys[0], message)

    def verify(self, message: bytes, signature: str) -> None:
        """Raise NotAuthentic unless one of the keys made this signature."""
        expected = (_hmac(key, message) for key in self.keys)
        given = signature.encode(errors="replace")
        if not any([hmac.compare_digest(each.encode(), given) for each in expected]):  # noqa: C419 - constant time
            raise NotAuthentic

    def __repr__(self) -> str:
        return f"KeyRing({len(self.keys)} keys)"


def _hmac(key: bytes, message: bytes) -> str:
    return hmac.new(key, message, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What is signed: request, registry, fingerprint of all steps, approvers, when, and until when."""

    request: str
    registry: str
    fingerprint: str
    approvers: tuple[str, ...]
    decided_at: datetime
    expires_at: datetime
    signature: str = ""

    @property
    def message(self) -> bytes:
        """The bytes that are signed."""
        return canonical({key: value for key, value in self.as_json().items() if key != "signature"})

    def as_json(self) -> dict[str, Json]:
        return {
            "request": self.request,
            "registry": self.registry,
            "fingerprint": self.fingerprint,
            "approvers": list(self.approvers),
            "decided_at": self.decided_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
            "signature": self.signature,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        return cls(
            request=str(data["request"]),
            registry=str(data["registry"]),
            fingerprint=str(data["fingerprint"]),
            approvers=tuple(str(approver) for approver in data["approvers"]),
            decided_at=moment(data["decided_at"]),
            expires_at=moment(data["expires_at"]),
            signature=str(data["signature"]),
        )
