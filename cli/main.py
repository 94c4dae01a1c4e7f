"""The command line: one subcommand a process, and checks."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from cli import config_check, logs, processes
from cli.alive import alive
from cli.audit.command import app as audit
from cli.audit.exporting import export
from cli.audit.listing import list_requests
from cli.audit.showing import show
from cli.doctor.command import doctor
from cli.manifest import manifest
from cli.tracing import traced
from cli.up import default_data_dir
from cli.up import up as run_up
from workers.core.errors import RegcleanError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Free space in your own registries, from Slack.",
    pretty_exceptions_enable=False,
)


def _tell_version(wanted: bool) -> None:  # noqa: FBT001 - as typer calls it
    if wanted:
        typer.echo(f"regclean {metadata.version('regclean')}")
        raise typer.Exit


@app.callback()
def _regclean(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Free space in your own registries, from Slack."""


app.add_typer(config_check.app, name="config")
app.command()(alive)
app.command()(manifest)
app.command()(doctor)
audit.command("list")(list_requests)
audit.command()(show)
audit.command()(export)
app.add_typer(audit, name="audit")


@contextmanager
def _process(name: str) -> Iterator[None]:
    """The block is one of regclean's processes, with its logs and its traces."""
    logs.set_up(name)
    with traced(name, os.environ):
        yield


@app.command()
def bot() -> None:
    """Listen to Slack: Socket Mode when SLACK_APP_TOKEN is set, else HTTP at /slack/events."""
    with _process("bot"):
        processes.bot()


@app.command()
def worker(queue: Annotated[str, typer.Argument(help="lookup, clean or gc")]) -> None:
    """Work on one queue."""
    with _process(f"worker {queue}"):
        processes.worker(queue)


@app.command()
def replies() -> None:
    """Post cards, threads and answers to Slack."""
    with _process("replies"):
        processes.replies()


@app.command()
def sweep() -> None:
    """Mend what stands still; several may run, one works at a time."""
    with _process("sweep"):
        processes.sweep()


@app.command()
def up(
    data_dir: Annotated[Path | None, typer.Option(help="Where Redis and the signing key are kept.")] = None,
) -> None:
    """Run all of it on this machine, with a Redis of its own unless REDIS_URL is set."""
    logs.set_up("up")
    run_up(os.environ, data_dir or default_data_dir())


def main() -> None:
    """The console command `regclean`; a known error is one sentence and exit code 2."""
    try:
        app()
    except RegcleanError as error:
        sys.stderr.write(f"{error.sentence}\n")
        sys.exit(2)
