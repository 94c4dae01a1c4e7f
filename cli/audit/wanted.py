"""Wanted: which requests `regclean audit list` shows."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from cli.audit.summary import Summary
from workers.core.echo import echo
from workers.core.errors import BadInput
from workers.core.request import Action, State

ACTIONS: Final = {"rm": (Action.REMOVE, Action.UNTAGGED), "gc": (Action.COLLECT,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is empty is not asked for."""

    registry: str = ""
    image: str = ""
    actor: str = ""
    action: str = ""
    state: str = ""

    def __post_init__(self) -> None:
        """Raises BadInput."""
        _check("--action", self.action, list(ACTIONS))
        _check("--state", self.state, [each.value for each in State])

    def takes(self, summary: Summary) -> bool:
        return (
            self.registry in {"", summary.registry}
            and self.state in {"", summary.state}
            and (not self.action or summary.action in ACTIONS[self.action])
            and (not self.actor or self.actor in summary.people)
            and (not self.image or self._names(summary))
        )

    def _names(self, summary: Summary) -> bool:
        return any(fnmatchcase(name, self.image) for each in summary.named for name in _names(each, summary.registry))


def _names(image: str, registry: str) -> tuple[str, ...]:
    """How somebody may call it: with or without the registry, the repository alone, too."""
    folder, _, last = image.rpartition("/")
    name = last.partition("@")[0].partition(":")[0]
    repository = f"{folder}/{name}" if folder else name
    return (image, repository, f"{registry}/{image}", f"{registry}/{repository}")


def _check(option: str, given: str, known: list[str]) -> None:
    if given and given not in known:
        raise BadInput(f"{option} “{echo(given, 40)}” is not known; choose from {', '.join(known)}.")
