"""What the Kubernetes API says no to, in sentences; all of them are CollectorErrors."""

import json
from dataclasses import dataclass
from typing import Any, Final

from workers.core.errors import CollectorError

_LONGEST: Final = 300
RIGHTS: Final = "docs/gc-runners.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, as a Role names it: the verb, the resource (`pods/log`), its name if it has one, and the namespace."""

    verb: str
    resource: str
    name: str
    namespace: str

    def __str__(self) -> str:
        return " ".join(filter(None, [self.verb, self.resource, self.name]))


class KubernetesError(CollectorError):
    """Kubernetes could not do what was asked; `status` is None where no answer came."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


class ConflictError(KubernetesError):
    """Somebody else changed it meanwhile; read it again."""


def refusal(call: Call, status: int, body: bytes | str) -> KubernetesError:
    """The sentence for an answer that is not a success."""
    said = _message(body)
    match status:
        case 401:
            sentence = "Kubernetes does not know regclean's credentials; renew them, or correct gc.kubeconfig."
        case 403:
            sentence = (
                f"Kubernetes does not let regclean {call} in the namespace {call.namespace} ({said}); its Role needs "
                f"the verb “{call.verb}” for {call.resource}, see {RIGHTS}."
            )
        case 409:
            return ConflictError(f"Kubernetes could not {call}: {said}.", status)
        case _:
            sentence = f"Kubernetes could not {call} in the namespace {call.namespace}: {status}, {said}."
    return KubernetesError(sentence, status)


def _message(body: bytes | str) -> str:
    """What the Status object in an answer says, for people only."""
    try:
        status: Any = json.loads(body)
    except ValueError:
        status = None
    said = status.get("message") if isinstance(status, dict) else None
    return str(said or "it did not say why").strip().rstrip(".")[:_LONGEST]
