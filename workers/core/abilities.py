"""Abilities: what a registry was seen to be able to do, probed before anyone is asked to approve."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """`delete`: manifests by digest; `tag_delete`: one tag by name; `push`: manifests may be PUT.

    `why_not` has one sentence for people when `delete` is False.
    """

    delete: bool
    tag_delete: bool
    push: bool = True
    why_not: str = ""
