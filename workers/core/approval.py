"""Approval: who said yes to exactly what and until when, signed with a key that is not in Redis."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from workers.core.errors import BadInput, NotAuthentic
from workers.core.moment import moment
from workers.core.plan import Json, canonical


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys for HMAC-SHA256: the first signs, all verify, so that they can be rotated."""

    keys: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if not self.keys or not all(self.keys):
            raise BadInput("There is no signing key, or an empty one; give at least one, of 32 random bytes.")

    def sign(self, message: bytes) -> str:
        return hmac.new(self.keys[0], message, hashlib.sha256).hexdigest()

    def verify(self, message: bytes, signature: str) -> None:
        """Raise NotAuthentic unless one of the keys made this signature."""
        expected = (hmac.new(key, message, hashlib.sha256).hexdigest() for key in self.keys)
        given = signature.encode(errors="replace")
        if not any([hmac.compare_digest(each.encode(), given) for each in expected]):  # noqa: C419 - constant time
            raise NotAuthentic

    def __repr__(self) -> str:
        return f"KeyRing({len(self.keys)} keys)"


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
