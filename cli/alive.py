"""Alive: whether the process beside this one still turns, told by the file that it touches at each heartbeat."""

import time
from pathlib import Path
from typing import Annotated

import typer

from workers.core.errors import BadInput


def alive(
    file: Annotated[
        Path | None, typer.Option(envvar="REGCLEAN_HEARTBEAT_FILE", help="The file that is touched at each heartbeat.")
    ] = None,
    within: Annotated[float, typer.Option(min=0, help="Seconds that the last heartbeat may be ago.")] = 60,
) -> None:
    """Say whether a worker, replies or sweep is alive; the exit code is 1 when it is not."""
    if file is None:
        raise BadInput("REGCLEAN_HEARTBEAT_FILE is not set; give this process the file that the other one touches.")
    if sentence := trouble(file, within, time.time()):
        typer.echo(sentence)
        raise typer.Exit(1)


def trouble(file: Path, within: float, now: float) -> str:
    """What is wrong with the heartbeat, in a sentence; empty when nothing is. `within` and `now` are in seconds."""
    try:
        beat = file.stat().st_mtime
    except FileNotFoundError:
        return f"There has been no heartbeat yet: {file} does not exist."
    except OSError as error:
        return f"The heartbeat file {file} cannot be looked at: {error.strerror}."
    ago = now - beat
    return f"The last heartbeat was {ago:.0f} seconds ago." if ago > within else ""
