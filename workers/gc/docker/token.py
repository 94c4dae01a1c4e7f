"""Tokens: what is kept about a collector, or about a registry before it is fenced, so that anybody finds it again."""

import json
from dataclasses import asdict, dataclass
from typing import Self

from workers.core.errors import CollectorError
from workers.gc.docker.engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A container of an engine; `str()` gives the text that `parse` reads.

    `execution` is a command inside the container, `started` when the container was last started before that.
    """

    engine: str
    container: str
    execution: str = ""
    started: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises CollectorError."""
        try:
            fields = json.loads(text)
            return cls(**{name: str(fields[name]) for name in ("engine", "container", "execution", "started")})
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise CollectorError("What was written down about the container cannot be read.") from error

    def __str__(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    def refuse_elsewhere(self, engine: Engine) -> None:
        """Raise CollectorError when this is not the engine that knows the container: it cannot say that it is gone."""
        if engine.identity != self.engine:
            raise CollectorError(
                "The container belongs to another engine than docker_host leads to now, and cannot be seen from here; "
                "make docker_host lead there again."
            )
