"""Running: one target after the other in its own process, what came of each, and what is kept of it."""

import json
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from fuzz import kept
from fuzz.table import TARGETS

_ROOT: Final = Path(__file__).parents[1]
WORK: Final = _ROOT / ".cache/fuzz"
"""What a longer search grew, and the log of all runs; nothing in it is committed."""
_PROGRAM: Final = ("/usr/bin/env", "nice", "-n", "15", sys.executable, "-m", "fuzz.engine")
_TIMEOUT: Final = 10
_MEGABYTES: Final = 2048
_INPUTS: Final = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERED: Final = re.compile(r"^#\d+\s+\S+\s+cov: (\d+) ft: \d+ corp: (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`seconds` are of processor time; `edges` are branches seen; `finding` is a file with the input, or empty."""

    target: str
    inputs: int
    seconds: float
    edges: int
    corpus: int
    finding: str


def run(name: str, seconds: int) -> Run:
    """Try new inputs for so many seconds, or until one is found for which the target's property is not true."""
    corpus, findings = WORK / "corpus" / name, WORK / "findings"
    findings.mkdir(parents=True, exist_ok=True)
    kept.unpack([*TARGETS[name].seeds, *kept.read(name)], corpus)
    before = set(findings.iterdir())
    spent = _spent()
    said = _engine(name, f"-max_total_time={seconds}", f"-artifact_prefix={findings}/{name}-", str(corpus))
    new = sorted(str(path) for path in set(findings.iterdir()) - before)
    made = _made(name, said, _spent() - spent, new[0] if new else "")
    with (WORK / "runs.jsonl").open("a") as log:
        log.write(json.dumps(asdict(made)) + "\n")
    return made


def _made(name: str, said: str, seconds: float, finding: str) -> Run:
    """What libFuzzer said, in figures; raises RuntimeError when it did not get to its end."""
    (WORK / f"{name}.log").write_text(said)
    inputs, covered = _INPUTS.findall(said), _COVERED.findall(said)
    if not inputs or not (covered or finding):
        raise RuntimeError(f"The fuzzer of {name} broke off:\n{said[-2000:]}")
    edges, corpus = map(int, covered[-1] if covered else (0, 0))
    return Run(
        target=name,
        inputs=int(inputs[-1]),
        seconds=round(seconds, 1),
        edges=edges,
        corpus=corpus,
        finding=finding,
    )


def keep(name: str) -> int:
    """Keep the fewest inputs that reach everything that was reached, and drop the others; how many these are."""
    grown = WORK / "corpus" / name
    kept.unpack([*TARGETS[name].seeds, *kept.read(name)], grown)
    with tempfile.TemporaryDirectory() as folder:
        _engine(name, "-merge=1", folder, str(grown))
        return kept.write(name, (path.read_bytes() for path in Path(folder).iterdir()))


def runs() -> Iterator[Run]:
    """All runs so far, oldest first."""
    log = WORK / "runs.jsonl"
    return (Run(**json.loads(line)) for line in log.read_text().splitlines()) if log.exists() else iter(())


def _engine(name: str, *arguments: str) -> str:
    """What libFuzzer said; it ends with an error when it found something."""
    target = TARGETS[name]
    words = WORK / f"{name}.words"
    words.parent.mkdir(parents=True, exist_ok=True)
    words.write_text("".join(f'"{_quoted(word.encode())}"\n' for word in target.words))
    usual = [f"-dict={words}", f"-max_len={target.longest}", f"-timeout={_TIMEOUT}", f"-rss_limit_mb={_MEGABYTES}"]
    done = subprocess.run(  # noqa: S603 - our own module, and arguments of this file
        [*_PROGRAM, name, "-print_final_stats=1", *usual, *arguments],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode(errors="replace")


def _quoted(word: Iterable[int]) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _spent() -> float:
    """Processor seconds of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
