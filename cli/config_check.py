"""`regclean config check FILE`: every mistake in a configuration file at once; needs no secret and reaches nothing."""

from pathlib import Path
from typing import Annotated

import typer

from workers.config import BadConfig, Config, load

app = typer.Typer(no_args_is_help=True, help="Check the configuration file.")


@app.callback()
def config() -> None:
    """Check the configuration file."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(envvar="REGCLEAN_CONFIG", help="The YAML file, else REGCLEAN_CONFIG.")],
) -> None:
    """List all mistakes in FILE with their place; the exit code is 1 when there are any."""
    try:
        loaded = load(file)
    except BadConfig as error:
        typer.echo("\n".join(map(str, error.mistakes)))
        raise typer.Exit(1) from None
    for warning in warnings(loaded):
        typer.echo(warning)
    names = ", ".join(registry.name for registry in loaded.registries)
    typer.echo(f"{file} is fine: {names}.")


def warnings(loaded: Config) -> list[str]:
    """What may be wrong on this machine but right where the workers run."""
    return [
        f"Warning: registries[{index}].ca_file: There is no file {registry.ca_file} on this machine; "
        "it must be there where the workers run."
        for index, registry in enumerate(loaded.registries)
        if registry.ca_file and not Path(registry.ca_file).is_file()
    ]
