"""Who may do what, by the rules of a Role, as RBAC decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ANYTHING: Final = ({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`resource` with its subresource (`pods/log`); `name` is empty for what has none: list and create."""

    verb: str
    group: str
    resource: str
    name: str = ""

    def __str__(self) -> str:
        return f'cannot {self.verb} resource "{self.resource}" in API group "{self.group}"'


def allows(rules: Sequence[Mapping[str, Any]], attempt: Attempt) -> bool:
    return any(_covers(rule, attempt) for rule in rules)


def _covers(rule: Mapping[str, Any], attempt: Attempt) -> bool:
    wanted = {"apiGroups": attempt.group, "resources": attempt.resource, "verbs": attempt.verb}
    if not all({value, "*"} & set(rule[key]) for key, value in wanted.items()):
        return False
    names = rule.get("resourceNames")
    return not names or attempt.name in names
