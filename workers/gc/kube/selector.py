"""A workload's label selector, as the API wants it in a query."""

from collections.abc import Iterator
from typing import Any

from workers.gc.kube.cluster import Object


def query(selector: Object) -> str:
    """`matchLabels` and `matchExpressions` together (Kubernetes API, LabelSelector)."""
    labels = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    return ",".join([*labels, *_expressions(selector.get("matchExpressions") or ())])


def _expressions(requirements: Any) -> Iterator[str]:
    for each in requirements:
        key, values = each["key"], ",".join(each.get("values") or ())
        match each["operator"]:
            case "Exists":
                yield key
            case "DoesNotExist":
                yield f"!{key}"
            case "In":
                yield f"{key} in ({values})"
            case _:
                yield f"{key} notin ({values})"
