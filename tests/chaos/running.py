"""Running: one named and seeded run, from an empty folder to a result."""

import shutil
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Self

from tests.chaos.checkout import commit
from tests.chaos.faults import FAULTS
from tests.chaos.invariants import INVARIANTS
from tests.chaos.stage import stage
from tests.chaos.town import IMAGES, Town, town
from tests.chaos.town_faults import TOWN_FAULTS, TownFault
from tests.chaos.town_invariants import TOWN_INVARIANTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`violations` is empty when all is as it must be; `recovery` is in seconds, None when nothing had to recover.

    `commit`: what it ran on, with `+` when something was changed since; empty where that was not known.
    """

    fault: str
    number: int
    version: str
    state: str
    story: str
    recovery: float | None
    seconds: float
    violations: tuple[str, ...]
    commit: str = ""

    def as_json(self) -> Mapping[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{**data, "violations": tuple(data["violations"])})


def run(fault_name: str, number: int, folder: Path) -> Result:
    """Run it once more; the name and the number decide everything that is left to chance."""
    return run_town(fault_name, number, folder) if fault_name in TOWN_FAULTS else run_stage(fault_name, number, folder)


def run_town(name: str, number: int, folder: Path) -> Result:
    """One run of all of regclean with Slack."""
    fault, seed = TOWN_FAULTS[name], f"{name} {number}"
    place = folder / f"{hash_of(seed):08x}"
    place.mkdir(parents=True)
    began = time.monotonic()
    run = _Run()
    try:
        with town(seed, place, fault.scene) as it:
            run.version = it.whole.sample.version
            live_through(it, fault)
            run.violations += [f"{look.__name__}: {said}" for look in TOWN_INVARIANTS for said in look(it)]
            run.state, run.recovery = it.request.state.value, it.shown_after
            run.story = " ".join(name for name in it.bench.story(it.request.id) if name != "step")
    except Exception:  # noqa: BLE001 - a run that breaks is a finding, and the others go on
        run.violations.append(traceback.format_exc())
    return run.result(name, number, began, place)


def live_through(it: Town, fault: TownFault) -> None:
    """From the first command to the last edit of a card."""
    wanted = " ".join(f"sample/load/app:1.{each}" for each in range(IMAGES - 2))
    if fault.collect:
        it.approve(it.ask(f"/regclean rm {wanted} --reason old"))
        it.until_ended()
        it.until_shown()
    if fault.early:
        fault.early(it)
    card = it.ask("/regclean gc sample" if fault.collect else f"/regclean rm {wanted} --reason old")
    if fault.waits:
        fault.waits(it)
    it.approve(card)
    if fault.act:
        fault.act(it)
    for each in it.waiting:
        each.join()
    it.over = time.time()
    it.until_ended()
    it.until_shown()


def run_stage(fault_name: str, number: int, folder: Path) -> Result:
    """One run of the workers' room."""
    fault = FAULTS[fault_name]
    seed = f"{fault_name} {number}"
    version = version_of(fault_name, number)
    place = folder / f"{hash_of(seed):08x}"
    began = time.monotonic()
    run = _Run(version=version)
    try:
        with stage(fault, seed, version, place) as it:
            it.ask()
            it.suffer()
            if not it.until_ended():
                run.violations.append(f"it did not end: {it.request.state.value}, {it.request.note}")
            if fault.act is None and fault.strikes and not it.over:
                run.violations.append("the fault never struck")
            run.violations += [f"{look.__name__}: {said}" for look in INVARIANTS for said in look(it)]
            run.state, run.recovery = it.request.state.value, it.recovery
            run.story = " ".join(name for name in it.bench.story(it.request_id) if name != "step")
            if run.recovery is not None and run.recovery > fault.within:
                run.violations.append(f"it took {run.recovery} s to go on, and not {fault.within:g}")
            if run.violations:
                run.violations.append("logs: " + " | ".join(f"{m.name}: {m.said[-1500:]}" for m in it.crew.members))
    except Exception:  # noqa: BLE001 - a run that breaks is a finding, and the others go on
        run.violations.append(traceback.format_exc())
    return run.result(fault_name, number, began, place)


@dataclass(slots=True)
class _Run:
    version: str = ""
    commit: str = field(default_factory=commit)
    state: str = "?"
    story: str = ""
    recovery: float | None = None
    violations: list[str] = field(default_factory=list)

    def result(self, fault: str, number: int, began: float, place: Path) -> Result:
        """The folder of a run in which all was well is removed."""
        if not self.violations:
            shutil.rmtree(place, ignore_errors=True)
        return Result(
            fault=fault,
            number=number,
            version=self.version,
            state=self.state,
            story=self.story,
            recovery=self.recovery,
            seconds=round(time.monotonic() - began, 1),
            violations=tuple(self.violations),
            commit=self.commit,
        )


def version_of(name: str, number: int) -> str:
    """The registry's version: another one for each next number, where there are several."""
    versions = FAULTS[name].versions
    return versions[(number + hash_of(name)) % len(versions)]


def hash_of(text: str) -> int:
    return Random(text).getrandbits(32)
