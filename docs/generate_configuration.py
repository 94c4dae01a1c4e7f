"""Writes docs/config.schema.json and docs/configuration.md from the configuration's models: run it after changing them.
The chart's values.schema.json, which holds the configuration's schema too, is written with them.

python -m docs.generate_configuration
"""  # noqa: INP001, D205 - docs is a folder of documents, not a package

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from helm import generate_documents as chart
from workers.config import Config

HERE: Final = Path(__file__).parent
_INTRODUCTION: Final = """\
# Configuration

<!-- Written by docs/generate_configuration.py; change the models in workers/config/ instead. -->

regclean reads one YAML file. The environment variable `REGCLEAN_CONFIG` holds its path, for the bot and the workers.
`regclean config check FILE` lists every mistake in it with its place and line; it needs no secret and reaches nothing.

An editor that knows JSON Schema completes and checks the file as you type, with this as its first line:

```yaml
# yaml-language-server: $schema=config.schema.json
```

YAML is read strictly: a key that stands twice, a key without a value and an unknown key are mistakes, and only `true`
and `false` are truth values (`no` is a word). Anchors and `<<` may be used. Durations are `90s`, `30m`, `24h`, `7d` or
a number of seconds. Paths are full paths.

"""
_SECRETS: Final = """\
## Secrets

No secret stands in the file. `credentials` names where a registry's secret is found, and only the workers look there,
each time they need it, so that a rotated secret is used without a restart.

The other secrets are environment variables. Each may be given as `NAME_FILE` instead, which holds the path of a file
with the secret; both together are refused.

`REGCLEAN_SIGNING_KEY` signs approvals and is needed by the bot and the workers: at least 32 characters, such as
`openssl rand -hex 32` prints. It may hold several keys separated by commas or line ends: the first signs, all verify.
To change it without a break, follow the [three steps](operations.md#what-must-survive); in another order, work halts.
"""
_HEADINGS: Final = {
    "Config": "Top level",
    "RegistrySettings": "`registries[]`",
    "CredentialSettings": "`registries[].credentials`",
    "CommandRunnerSettings": "`registries[].gc` with `runner: command`",
    "DockerRunnerSettings": "`registries[].gc` with `runner: docker`",
    "KubernetesRunnerSettings": "`registries[].gc` with `runner: kubernetes`",
    "Approvals": "`approvals`",
    "Channels": "`channels`",
    "Slack": "`slack`",
    "Limits": "`limits`",
}


class _Schema(GenerateJsonSchema):
    """Without titles, and without null: a key that has no value is a mistake."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        plain = super().default_schema(schema)
        return {key: value for key, value in plain.items() if (key, value) != ("default", None)}


def document() -> dict[str, Any]:
    """The JSON Schema of the file."""
    schema = Config.model_json_schema(schema_generator=_Schema)
    for block in schema["$defs"].values():
        del block["title"]
    return {"$schema": _Schema.schema_dialect, **schema, "title": "regclean's configuration"}


def schema() -> str:
    """The text of docs/config.schema.json."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def reference() -> str:
    """The text of docs/configuration.md."""
    whole = document()
    blocks = {"Config": whole, **whole["$defs"]}
    example = (HERE / "config.example.yaml").read_text(encoding="utf-8")
    parts = [f"{_INTRODUCTION}## Example\n\n```yaml\n{example}```\n"]
    parts += ["\n".join(_section(heading, blocks[name])) for name, heading in _HEADINGS.items()]
    return "\n".join([*parts, _SECRETS])


def _section(heading: str, block: Mapping[str, Any]) -> Iterator[str]:
    yield from (
        f"## {heading}",
        "",
        block["description"],
        "",
        "| Key | Type | Default | Meaning |",
        "|---|---|---|---|",
    )
    required = block.get("required", ())
    for key, value in block["properties"].items():
        default = "**required**" if key in required else _default(value)
        yield f"| `{key}` | {_type(value)} | {default} | {_meaning(value)} |"
    yield ""


def _default(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    return "" if default in (None, []) or "$ref" in value else f"`{_yaml(default)}`"


def _meaning(value: Mapping[str, Any]) -> str:
    examples = () if "$ref" in value else value.get("examples", ())
    return f"{value['description']} Example: `{_yaml(examples[0])}`" if examples else str(value["description"])


def _yaml(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _type(value: Mapping[str, Any]) -> str:
    match value:
        case {"enum": choices}:
            word = ", ".join(f"`{choice}`" for choice in choices)
        case {"const": choice}:
            word = f"`{choice}`"
        case {"minimum": low, "maximum": high}:
            word = f"{low} to {high}"
        case {"items": {"items": _}}:
            word = "list of argument lists"
        case {"items": {"$ref": _}}:
            word = "list of blocks"
        case {"anyOf": [{"$ref": _}, *_]}:
            word = "block"
        case {"type": name}:
            word = {"string": "text", "boolean": "true or false", "array": "list"}[name]
        case _:
            word = "duration" if "anyOf" in value else "block"
    return word


def main() -> None:
    (HERE / "config.schema.json").write_text(schema(), encoding="utf-8")
    (HERE / "configuration.md").write_text(reference(), encoding="utf-8")
    chart.main()


if __name__ == "__main__":
    main()
