"""Images, places and registries as people type them."""

from typing import Final

from fuzz import checks
from fuzz.target import Target, chosen, seed, text
from workers.core import addressing
from workers.core.addressing import Known
from workers.core.errors import BadName
from workers.core.names import Reference

TWO: Final = (
    Known(name="prod", hosts=("registry.example.com", "registry.example.com:443")),
    Known(name="staging", hosts=("[::1]:5000",)),
)
ONE: Final = TWO[:1]
_HEX: Final = "0123456789abcdef" * 4


def _image(typed: str, known: tuple[Known, ...]) -> None:
    found = addressing.image(typed, known)
    _is_known(found.registry, known)
    assert addressing.image(f"{found.registry}/{found.reference}", known) == found
    assert sum(each is not None for each in (found.reference.tag, found.reference.digest, found.reference.short)) == 1
    assert Reference.parse(str(found.reference)) == found.reference


def _place(typed: str, known: tuple[Known, ...]) -> None:
    found = addressing.place(typed, known)
    _is_known(found.registry, known)
    spelled = f"{found.registry}/{found.repository}" if found.repository else found.registry
    assert addressing.place(spelled, known) == found


def _registry(typed: str, known: tuple[Known, ...]) -> None:
    _is_known(addressing.registry(typed, known), known)


def _is_known(name: str, known: tuple[Known, ...]) -> None:
    assert name in {each.name for each in known}


_KINDS: Final = tuple((parse, known) for parse in (_image, _place, _registry) for known in (TWO, ONE, ()))


def run(data: bytes) -> None:
    (parse, known), typed = chosen(data, _KINDS)
    try:
        parse(text(typed), known)
    except BadName as error:
        checks.said(error)


TARGET: Final = Target(
    holds="BadName in one short sentence, or a configured registry and a name whose own spelling means the same",
    run=run,
    seeds=tuple(
        seed(kind, typed)
        for kind in range(len(_KINDS))
        for typed in (
            "prod/app:1.2",
            "registry.example.com:443/team/app-1:v1_2.3-X",
            f"Prod/app@sha256:{_HEX}",
            f"app@sha512:{_HEX}{_HEX}",
            "[::1]:5000/a__b/c.d:latest",
            "https://registry.example.com/app:1",
            "localhost/App:1",
            "prod/",
        )
    ),
    longest=600,
    words=(
        "prod",
        "staging",
        "registry.example.com",
        "sha256:",
        "sha512:",
        _HEX,
        "://",
        "localhost",
        "\ufeff",
        "\u202e",
    ),
)
