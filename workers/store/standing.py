"""Standing: who asked for each open request and of which registry, so that open ones are counted in one small read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from redis.client import Pipeline

from workers.core.errors import BadRecord, NewerRecord
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


@dataclass(frozen=True, slots=True)
class Noted:
    """`open`: who stands open. `over`: notes of requests that an older release ended without knowing of them."""

    open: Sequence[Standing]
    over: Sequence[str]

    def tidy(self, pipe: Pipeline) -> None:
        """Take away the notes of what is over, as part of a transaction."""
        if self.over:
            pipe.hdel(keys.STANDING, *self.over)


def read(pipe: Pipeline) -> Noted:
    """What is noted, read through a pipeline; what cannot be read keeps nobody from asking, and does not count."""
    ids = {records.text(each) for each in pipe.zrange(keys.OPEN, 0, -1)}
    noted = {records.text(name): stored for name, stored in pipe.hgetall(keys.STANDING).items()}
    found = (_readable(stored) for name, stored in noted.items() if name in ids)
    return Noted(open=[each for each in found if each], over=[name for name in noted if name not in ids])


def _readable(stored: bytes | str) -> Standing | None:
    try:
        return records.read(stored, Standing.from_json, "open request")
    except (BadRecord, NewerRecord):
        return None
