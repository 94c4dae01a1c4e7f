"""Outcome: what one step did."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from workers.core.plan import Json
from workers.core.whole import whole


class Result(StrEnum):
    """How a step ended.

    `gone`: somebody had done it before us, which counts as done. `untagged`: a delete became untags, since somebody
    else needs the manifest now. `skipped`: it moved since approval, and nothing was touched.
    """

    DONE = "done"
    GONE = "gone"
    UNTAGGED = "untagged"
    SKIPPED = "skipped"
    FAILED = "failed"


_DID: frozenset[Result] = frozenset({Result.DONE, Result.GONE, Result.UNTAGGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`step` is the step's place in the plan; `why` one sentence, empty when all went as planned.

    `left`: how many of the step's tags were left alone, although others of them went.
    """

    step: int
    result: Result
    why: str = ""
    left: int = 0

    def as_json(self) -> dict[str, Json]:
        return {"step": self.step, "result": self.result.value, "why": self.why, "left": self.left}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        return cls(
            step=whole(data["step"]),
            result=Result(data["result"]),
            why=str(data["why"]),
            left=whole(data.get("left", 0)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many steps ended how."""

    done: int = 0
    skipped: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.done + self.skipped + self.failed

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Self:
        counted = Counter(outcome.result for outcome in outcomes)
        return cls(
            done=sum(counted[result] for result in _DID),
            skipped=counted[Result.SKIPPED],
            failed=counted[Result.FAILED],
        )


NOTHING_YET = Tally()
