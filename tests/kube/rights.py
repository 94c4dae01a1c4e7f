"""The rules of the Role that the chart makes for the runner `kubernetes`, from the chart's own file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

_FILE: Final = Path(__file__).parents[2] / "helm" / "regclean" / "files" / "gc-kubernetes-rules.yaml"


def rules(kind: str, mode: str, name: str) -> Sequence[Mapping[str, Any]]:
    """For a workload `kind`/`name` (deployment or statefulset), collected in that mode (job or exec)."""
    content = yaml.safe_load(_FILE.read_text())
    return [_rule(each, name) for part in ("always", kind, mode) for each in content[part]]


def without(kept: Sequence[Mapping[str, Any]], verb: str, resource: str) -> Sequence[Mapping[str, Any]]:
    """The same less one verb for one resource."""
    left = [
        {**rule, "verbs": [each for each in rule["verbs"] if each != verb or resource not in rule["resources"]]}
        for rule in kept
    ]
    return [rule for rule in left if rule["verbs"]]


def _rule(entry: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    plain = {key: value for key, value in entry.items() if key != "named"}
    return {**plain, "resourceNames": [name]} if entry.get("named") else plain
