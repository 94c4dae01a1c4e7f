"""Standing: who asked for each open request and of which registry, so that open ones are counted in one small read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from redis.client import Pipeline

from workers.core.errors import BadRecord
from workers.core.plan import Json
from workers.core.request import Request
from workers.store import keys, records


@dataclass(frozen=True, slots=True)
class Standing:
    """An open request, as far as a limit on open ones asks."""

    registry: str
    requester: str

    def as_json(self) -> dict[str, Json]:
        return {"registry": self.registry, "requester": self.requester}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(registry=str(data["registry"]), requester=str(data["requester"]))


def keep(pipe: Pipeline, request: Request) -> None:
    """Remember an open request, and forget one that is over, as part of the transaction that saves it."""
    if request.state.is_final:
        pipe.hdel(keys.STANDING, request.id)
    else:
        stands = Standing(request.registry, request.requester)
        pipe.hset(keys.STANDING, request.id, records.write(stands.as_json()))


def read(pipe: Pipeline) -> Sequence[Standing]:
    """All that are open, read through a pipeline; what cannot be read keeps nobody from asking, and is left out."""
    found = []
    for stored in pipe.hvals(keys.STANDING):
        try:
            found.append(records.read(stored, Standing.from_json, "open request"))
        except BadRecord:
            continue
    return found
