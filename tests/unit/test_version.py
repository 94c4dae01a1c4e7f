"""`regclean --version`: what is installed says which it is."""

from importlib import metadata

from typer.testing import CliRunner

from cli.main import app


def test_it_says_which_version_is_installed() -> None:
    told = CliRunner().invoke(app, ["--version"])
    assert (told.exit_code, told.output) == (0, f"regclean {metadata.version('regclean')}\n")
