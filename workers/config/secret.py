"""Secret: a value that does not print itself, and the environment variables it comes from."""

import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from workers.core.errors import BadInput

_SIGNING_KEY: Final = "REGCLEAN_SIGNING_KEY"
_SHORTEST_KEY: Final = 32


class Secret:
    """A secret text; only `reveal()` gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "…"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str | tuple[object, ...]:
        """Never into a pickle, where it would be stored readable."""
        raise TypeError("A secret is not stored; read it again where it is needed.")


def secret_from_environment(environ: Mapping[str, str], name: str) -> Secret | None:
    """The secret in the variable `name`, or in the file that `name`_FILE names; None when neither is set.

    The file is read at every call, so a rotated secret is seen. Raises BadInput.
    """
    value, file = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if value and file:
        raise BadInput(f"Both {name} and {name}_FILE are set; keep one of them.")
    if file:
        return secret_from_file(file, f"{name}_FILE")
    return Secret(value) if value else None


def secret_from_file(path: str, what: str) -> Secret:
    """The secret in a file, without the line end after it; `what` says who named the file. Raises BadInput."""
    try:
        text = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadInput(f"The file {path} that {what} names cannot be read: {reason}.") from None
    if not text:
        raise BadInput(f"The file {path} that {what} names is empty; write the secret into it.")
    return Secret(text)


def signing_keys(environ: Mapping[str, str]) -> tuple[bytes, ...]:
    """The keys of REGCLEAN_SIGNING_KEY, separated by commas or line ends: the first signs, all verify.

    Raises BadInput when there is none or one is shorter than 32 characters.
    """
    secret = secret_from_environment(environ, _SIGNING_KEY)
    parts = secret.reveal().replace(",", "\n").splitlines() if secret else []
    keys = tuple(key.strip() for key in parts if key.strip())
    if not keys:
        raise BadInput(
            f"{_SIGNING_KEY} is not set; make a key with “openssl rand -hex 32” and give it to every process."
        )
    for position, key in enumerate(keys, start=1):
        if len(key) < _SHORTEST_KEY:
            raise BadInput(
                f"Key {position} of {len(keys)} in {_SIGNING_KEY} is shorter than {_SHORTEST_KEY} characters; "
                "make one with “openssl rand -hex 32”."
            )
    return tuple(key.encode() for key in keys)
