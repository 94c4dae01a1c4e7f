"""Document: a YAML file as plain values that still know their lines; what YAML would hide is a mistake here.

Scalars follow YAML 1.2's core schema, so that `no` stays a word and `12:30` is not 750.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from workers.config.mistakes import Mistake, Place, spelled

_TAG: Final = "tag:yaml.org,2002:"
_MERGE: Final = f"{_TAG}merge"
_NULL: Final = f"{_TAG}null"
_SCALARS: Final = {
    "null": re.compile(r"~|null|Null|NULL|"),
    "bool": re.compile(r"true|True|TRUE|false|False|FALSE"),
    "int": re.compile(r"[-+]?[0-9]{1,18}"),
    "float": re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,5})?"),
    "merge": re.compile(r"<<"),
}
_UNPRINTABLE: Final = re.compile(r"[^\n\t -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 - PyYAML's own way to have none of its 1.1 words


for _name, _pattern in _SCALARS.items():
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(rf"(?:{_pattern.pattern})\Z"), None)


@dataclass(slots=True)
class Document:
    """`value` is made of dict, list, str, int, float, bool and None; `lines` count from 1."""

    value: Any = None
    mistakes: list[Mistake] = field(default_factory=list)
    lines: dict[Place, int] = field(default_factory=dict)

    def line_of(self, place: Place) -> int | None:
        """The line of a place, or of the nearest thing around it."""
        tries = (place[:length] for length in range(len(place), 0, -1))
        return next((self.lines[part] for part in tries if part in self.lines), None)

    def add(self, place: Place, sentence: str) -> None:
        self.mistakes.append(Mistake(spelled(place), sentence, self.line_of(place)))


def read(content: bytes) -> Document:
    """The document in a file's content; it never raises, everything wrong is in `mistakes`."""
    document = Document()
    try:
        root = yaml.compose(content.decode("utf-8-sig"), Loader=_Loader)
        document.value = _Reader(document).value(root, ()) if root else None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        document.mistakes.append(Mistake("", "This is not UTF-8 text; save the file as UTF-8.", line))
    except yaml.YAMLError as error:
        document.mistakes.append(_syntax(error))
    except RecursionError:
        document.mistakes.append(Mistake("", "The values are nested too deeply; regclean needs at most six levels."))
    return document


def _syntax(error: yaml.YAMLError) -> Mistake:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    parts = (getattr(error, name, None) for name in ("context", "problem", "reason"))
    problem = ", ".join(part for part in parts if part) or "it cannot be read"
    hint = " Indent with spaces, not tabs." if "\\t" in problem else ""
    where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return Mistake("", f"This is not YAML{where}: {problem}.{hint}")


@dataclass(slots=True)
class _Reader:
    """Turns nodes into values once each: an alias costs nothing, so it cannot be used to fill the memory."""

    document: Document
    known: dict[int, Any] = field(default_factory=dict)
    entered: set[int] = field(default_factory=set)

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.document.lines.setdefault(place, node.start_mark.line + 1)
        if id(node) in self.entered:
            self.document.add(place, "This alias stands inside its own anchor; write the value out.")
            return None
        if id(node) not in self.known:
            self.entered.add(id(node))
            self.known[id(node)] = self._read(node, place)
            self.entered.remove(id(node))
        return self.known[id(node)]

    def _read(self, node: yaml.Node, place: Place) -> Any:
        kind = node.tag.removeprefix(_TAG)
        if isinstance(node, yaml.MappingNode) and kind == "map":
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode) and kind == "seq":
            return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, kind, place)
        self.document.add(place, f"The YAML tag “{node.tag}” is not understood; remove it.")
        return None

    def _scalar(self, node: yaml.ScalarNode, kind: str, place: Place) -> Any:
        if kind in {"str", "merge"}:
            return self._text(node, place)
        if kind not in _SCALARS or not _SCALARS[kind].fullmatch(node.value):
            self.document.add(place, f"The YAML tag “{node.tag}” does not fit here; remove it.")
            return None
        if kind == "null":
            self.document.add(place, "There is no value; write one, or remove the line.")
            return None
        return node.value.lower() == "true" if kind == "bool" else {"int": int, "float": float}[kind](node.value)

    def _text(self, node: yaml.ScalarNode, place: Place) -> str:
        if _UNPRINTABLE.search(node.value):
            self.document.add(place, "This text holds characters that cannot be printed; leave them out.")
        return _UNPRINTABLE.sub("", node.value)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        own: dict[str, Any] = {}
        for key, child in self._pairs(node, place):
            if key in own:
                first = self.document.lines[(*place, key)]
                self.document.mistakes.append(
                    Mistake(
                        spelled((*place, key)),
                        f"This key stands here twice, first in line {first}; remove one.",
                        child.start_mark.line + 1,
                    )
                )
                continue
            own[key] = self.value(child, (*place, key))
        return self._merged(node, place) | own

    def _pairs(self, node: yaml.MappingNode, place: Place) -> Iterator[tuple[str, yaml.Node]]:
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode) or not key.value.isprintable():
                self.document.add(place, "A key must be one plain word; quote values that hold { or [.")
            elif key.tag != _MERGE:
                self.document.lines.setdefault((*place, key.value), key.start_mark.line + 1)
                yield key.value, child

    def _merged(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for source in [child for key, child in node.value if key.tag == _MERGE]:
            value = self.value(source, (*place, "<<"))
            for part in value if isinstance(value, list) else [value]:
                if not isinstance(part, dict):
                    self.document.add((*place, "<<"), "Merge only mappings, by their anchors: “<<: *anchor”.")
                    continue
                merged = part | merged
        return merged
