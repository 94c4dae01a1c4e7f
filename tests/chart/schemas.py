"""Kubernetes' own schemas, strict: a field that a version does not know is a mistake."""

from functools import cache
from typing import Any, Final

import kubernetes_validate
from jsonschema import Draft202012Validator
from kubernetes_validate.utils import schema_contents
from referencing import Registry, Resource

from tests.chart.chart import Document

VERSIONS: Final = ("1.25.0", "1.31.0", kubernetes_validate.latest_version())


def mistakes(document: Document, version: str) -> list[str]:
    """What is wrong with a document in this version of Kubernetes, each with its path."""
    group, _, api_version = document["apiVersion"].rpartition("/")
    name = "-".join(part for part in (group.partition(".")[0], api_version) if part)
    validator = _validator(document["kind"].lower(), name, version)
    return [f"{'.'.join(map(str, each.path))}: {each.message}" for each in validator.iter_errors(document)]


@cache
def _validator(kind: str, api_version: str, version: str) -> Draft202012Validator:
    folder = f"kubernetes-json-schema/v{version}-local-strict"
    return Draft202012Validator(schema_contents(f"{folder}/{kind}-{api_version}.json", version), registry=_all(version))


@cache
def _all(version: str) -> Registry[Any]:
    contents = schema_contents(f"kubernetes-json-schema/v{version}-local-strict/_definitions.json", version)
    return Resource.from_contents(contents) @ Registry()
