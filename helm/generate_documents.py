"""Writes the chart's values.schema.json and README.md from helm/values.schema.yaml, the configuration's own schema and
the `# --` comments in values.yaml: run it after changing one of them.

python -m helm.generate_documents
"""  # noqa: INP001, D205 - helm is a folder of charts, not a package

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

HERE: Final = Path(__file__).parent
CHART: Final = HERE / "regclean"
CONFIG: Final = HERE.parent / "docs" / "config.schema.json"
_KEY: Final = re.compile(r"^( *)([A-Za-z]+):")
_COMMENT: Final = re.compile(r"^ *# ?(-- )?(.*)$")


def schema() -> str:
    """The text of values.schema.json: what `config` may hold is taken from the configuration's own schema.

    Its three required blocks are asked for by a template instead, so that the chart can be looked at without values.
    """
    values = yaml.safe_load((HERE / "values.schema.yaml").read_text(encoding="utf-8"))
    config = json.loads(CONFIG.read_text(encoding="utf-8"))
    _extend(values["$defs"], values["$defs"])
    _extend(values["properties"], values["$defs"])
    values["$defs"] |= config["$defs"]
    values["properties"]["config"] = {
        key: config[key] for key in ("type", "description", "additionalProperties", "properties")
    }
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def _extend(blocks: dict[str, Any], definitions: Mapping[str, Any]) -> None:
    """Copy what is extended, in the order of the file: with a `$ref`, an unknown key's message would be unreadable."""
    for block in blocks.values():
        if base := block.pop("extends", None):
            properties = definitions[base]["properties"] | block.get("properties", {})
            block |= {"type": "object", "additionalProperties": False, "properties": properties}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One key of values.yaml, written with dots, its default, and what its comment says."""

    key: str
    default: Any
    meaning: str


@dataclass(slots=True)
class _Reading:
    """values.yaml while its lines are read: the keys around the present line, and the comment before it."""

    values: Any
    path: list[tuple[int, str]] = field(default_factory=list)
    comment: list[str] = field(default_factory=list)

    def line(self, line: str) -> Value | None:
        """The value that begins on this line and has a comment."""
        if (comment := _COMMENT.match(line)) is not None:
            self._said(comment)
            return None
        if (key := _KEY.match(line)) is None:
            self.comment = []
            return None
        indent = len(key[1])
        self.path = [*(each for each in self.path if each[0] < indent), (indent, key[2])]
        meaning, self.comment = " ".join(self.comment), []
        return Value(key=".".join(name for _, name in self.path), default=self._default(), meaning=meaning)

    def _said(self, comment: re.Match[str]) -> None:
        if comment[1]:
            self.comment = [comment[2]]
        elif self.comment:
            self.comment.append(comment[2])

    def _default(self) -> Any:
        found = self.values
        for _, name in self.path:
            found = found[name]
        return found


def documented() -> Iterator[Value]:
    """Every key of values.yaml that has a comment, in its order."""
    text = (CHART / "values.yaml").read_text(encoding="utf-8")
    reading = _Reading(yaml.safe_load(text))
    for line in text.splitlines():
        value = reading.line(line)
        if value and value.meaning:
            yield value


def readme() -> str:
    """The text of the chart's README.md."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    rows = [f"| `{each.key}` | {_shown(each.default)} | {each.meaning} |" for each in documented()]
    return _README.format(**chart, rows="\n".join(rows))


def _shown(default: Any) -> str:
    return f"`{json.dumps(default, ensure_ascii=False)}`"


_README: Final = """\
# regclean

<!-- Written by helm/generate_documents.py; change values.yaml instead. -->

{description}

Chart {version}, for regclean {appVersion}, on Kubernetes {kubeVersion}. [Install with Helm](../../docs/install-helm.md)
goes through it step by step; `ci/` has values for several situations.

A key in a process's block (`bot`, `replies`, `workerLookup`, `workerClean`, `workerGc`, `sweep`) may be any of those in
`podDefaults`, which it replaces for that process. An unknown key is refused.

| Key | Default | Meaning |
|---|---|---|
{rows}
"""


def main() -> None:
    (CHART / "values.schema.json").write_text(schema(), encoding="utf-8")
    (CHART / "README.md").write_text(readme(), encoding="utf-8")


if __name__ == "__main__":
    main()
