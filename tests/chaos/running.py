"""Running: one named and seeded run, from an empty folder to a result."""

import shutil
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, Self

from tests.chaos.faults import FAULTS
from tests.chaos.invariants import INVARIANTS
from tests.chaos.stage import stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`violations` is empty when all is as it must be; `recovery` is in seconds, None when nothing had to recover."""

    fault: str
    number: int
    version: str
    state: str
    story: str
    recovery: float | None
    seconds: float
    violations: tuple[str, ...]

    def as_json(self) -> Mapping[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{**data, "violations": tuple(data["violations"])})


def run(fault_name: str, number: int, folder: Path) -> Result:
    """Run it once more; the name and the number decide everything that is left to chance."""
    fault = FAULTS[fault_name]
    seed = f"{fault_name} {number}"
    version = fault.versions[(number + hash_of(fault_name)) % len(fault.versions)]
    place = folder / f"{abs(hash_of(seed)):08x}"
    began = time.monotonic()
    state, told, recovery, violations = "?", "", None, []
    try:
        with stage(fault, seed, version, place) as it:
            it.ask()
            it.suffer()
            if not it.until_ended():
                violations.append(f"it did not end: {it.request.state.value}, {it.request.note}")
            if fault.act is None and fault.strikes and not it.over:
                violations.append("the fault never struck")
            for invariant in INVARIANTS:
                violations += [f"{invariant.__name__}: {sentence}" for sentence in invariant(it)]
            state, recovery = it.request.state.value, it.recovery
            told = " ".join(name for name in it.bench.story(it.request_id) if name != "step")
            if recovery is not None and recovery > fault.within:
                violations.append(f"it took {recovery} s to go on, and not {fault.within:g}")
            if violations:
                violations.append("logs: " + " | ".join(f"{m.name}: {m.said[-1500:]}" for m in it.crew.members))
    except Exception:  # noqa: BLE001 - a run that breaks is a finding, and the others go on
        violations.append(traceback.format_exc())
    if not violations:
        shutil.rmtree(place, ignore_errors=True)
    return Result(
        fault=fault_name, number=number, version=version, state=state, story=told, recovery=recovery,
        seconds=round(time.monotonic() - began, 1), violations=tuple(violations),
    )  # fmt: skip


def hash_of(text: str) -> int:
    return Random(text).getrandbits(32)
