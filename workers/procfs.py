"""What Linux says in /proc (proc(5)): where process ids mean something, and which process bears one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from workers.core.errors import CollectorError

# PROC_PID_INIT_INO of the kernel: the namespace of a machine itself, never of a container.
MACHINES_OWN: Final = "pid:[4026531836]"
_PROC: Final = Path("/proc")
_MACHINE_ID: Final = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """One boot of one machine, and one process namespace (pid_namespaces(7)); `machine` is "" where it has no id."""

    boot: str
    namespace: str
    machine: str

    @classmethod
    def here(cls) -> Self:
        """Raises CollectorError where there is no Linux /proc."""
        try:
            return cls(
                boot=(_PROC / "sys/kernel/random/boot_id").read_text().strip(),
                namespace=str((_PROC / "self/ns/pid").readlink()),
                machine=_MACHINE_ID.read_text().strip() if _MACHINE_ID.exists() else "",
            )
        except OSError as error:
            raise CollectorError("Running collectors cannot be seen here; run the workers on Linux.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A process: the session it belongs to, its start in clock ticks after boot; `dead` when only its entry is left."""

    session: int
    started: int
    dead: bool


def look(pid: int) -> Seen | None:
    """The process that bears the id now; None when there is none, or none that this user may see."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The program's name stands in brackets, and may hold brackets and spaces itself.
    fields = text.rpartition(")")[2].split()
    return Seen(session=int(fields[3]), started=int(fields[19]), dead=fields[0] in {"Z", "X"})


def processes() -> Iterator[int]:
    """The id of every process that this user may see."""
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal())
