"""Everything that can go wrong, as one tree; each docstring reads as the default message.

RegcleanError
├── BadInput            what a person, a file or a peer gave cannot be understood
│   ├── BadName         a repository, tag, digest or image name
│   ├── BadManifest     a manifest's body
│   └── BadRecord       something stored in Redis
├── WrongState          a request cannot go from its state to the wanted one
├── NotAuthentic        a signature does not match
│   └── UnknownKey      it was made with a key that is not known here
├── Unavailable         something we need does not answer; trying again may help
│   ├── NotCertain      nobody can say yet whether it was saved for good
│   └── NewerRecord     only a newer regclean understands what is stored
├── RegistryError       a registry refused or could not do what was asked
└── CollectorError      garbage collection could not be run, read or stopped
"""

from collections.abc import Sequence
from dataclasses import dataclass


class RegcleanError(Exception):
    """Something went wrong in regclean."""

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or type(self).__doc__ or type(self).__name__)

    @property
    def sentence(self) -> str:
        """One sentence for a person, saying what to do where that is known."""
        return str(self)


class BadInput(RegcleanError):  # noqa: N818 - the tree is named by what happened
    """The input cannot be understood."""


class BadName(BadInput):
    """The name is not a valid repository, tag, digest or image name."""


class BadManifest(BadInput):
    """The registry sent a manifest that cannot be understood."""


class BadRecord(BadInput):
    """A stored record cannot be understood."""


class WrongState(RegcleanError):  # noqa: N818
    """The request is no longer in the state this needs."""


class NotAuthentic(RegcleanError):  # noqa: N818
    """The signature does not match: this was not made by regclean with a known key."""


class UnknownKey(NotAuthentic):
    """This was signed with a key that is not known here."""


class Unavailable(RegcleanError):  # noqa: N818
    """A part regclean needs does not answer; try again."""


class NotCertain(Unavailable):
    """Nobody can say yet whether it was saved for good; look in a minute before you try again."""


class NewerRecord(Unavailable):
    """A stored record was written by a newer regclean; upgrade this process."""


class CollectorError(RegcleanError):
    """The registry's garbage collection could not be run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a registry said, without anything secret.

    `url` has its credentials and unknown query parameters already redacted; `status` is None when no answer came;
    `codes` are the OCI error codes of the body (distribution spec, "Error Codes"); `retry_after` is in seconds.
    `own`: the registry itself says so, and not something in front of it.
    """

    method: str
    url: str
    status: int | None = None
    codes: Sequence[str] = ()
    message: str = ""
    retry_after: float | None = None
    own: bool = False


class RegistryError(RegcleanError):
    """The registry could not do what was asked."""

    def __init__(self, sentence: str, answer: Answer) -> None:
        super().__init__(sentence)
        self.answer = answer

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later: no answer, 429, 5xx, or 403 that carries Retry-After."""
        status = self.answer.status
        if status is None or status == 429 or status >= 500:
            return True
        return status == 403 and self.answer.retry_after is not None

    @property
    def missing(self) -> bool:
        """Whether the thing asked for is not there."""
        return self.answer.status == 404

    @property
    def blames_content(self) -> bool:
        """Whether the registry works, and fails on this one thing: on 500 it looks at damaged links or manifests."""
        return self.answer.status == 500 and self.answer.own
