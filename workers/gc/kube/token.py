"""Token: how a collector in the cluster is found again by any other process."""

import json
from dataclasses import asdict, dataclass
from typing import Literal, Self

from workers.core.errors import CollectorError


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A Job, or a container of a pod in which a collector was started; `life` says which life of that container."""

    kind: Literal["job", "pod"]
    namespace: str
    name: str
    uid: str
    life: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises CollectorError."""
        try:
            fields = json.loads(text)
            token = cls(**{key: str(value) for key, value in fields.items()})  # type: ignore[arg-type] # checked below
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise CollectorError(_UNREADABLE) from error
        if token.kind not in {"job", "pod"}:
            raise CollectorError(_UNREADABLE)
        return token

    def __str__(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


_UNREADABLE = "What was written down about the running collector cannot be read."
