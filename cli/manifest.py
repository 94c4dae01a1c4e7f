"""`regclean manifest`: the app's manifest, to create the app in Slack from; needs no secret and reaches nothing."""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer
import yaml

from workers.core.errors import BadInput


class Mode(StrEnum):
    SOCKET = "socket"
    HTTP = "http"


class Format(StrEnum):
    YAML = "yaml"
    JSON = "json"


def manifest(
    mode: Annotated[
        Mode, typer.Option(help="socket: the bot connects to Slack; http: Slack sends requests to --url.")
    ] = Mode.SOCKET,
    url: Annotated[
        str, typer.Option(help="With http: the bot's public address, such as https://regclean.example.com.")
    ] = "",
    format_: Annotated[Format, typer.Option("--format", help="What to write it in.")] = Format.YAML,
) -> None:
    """Print the manifest to create the Slack app from: scopes, command, shortcut, events and App Home."""
    typer.echo(_written(_manifest(mode, url), format_), nl=False)


def _manifest(mode: Mode, url: str) -> dict[str, Any]:
    from bot import manifest as content  # noqa: PLC0415 - what only this command needs

    if mode is Mode.SOCKET:
        if url:
            raise BadInput("Socket Mode needs no --url; leave it out, or add --mode http.")
        return content.manifest()
    if not url:
        raise BadInput("Say where Slack reaches the bot: add --url https://regclean.example.com.")
    return content.manifest(content.request_url(url))


def _written(document: dict[str, Any], format_: Format) -> str:
    if format_ is Format.JSON:
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1_000)
