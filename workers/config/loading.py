"""Loading: from a file to a Config, or to everything that is wrong with it at once; no secret is resolved here."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from workers.config.configuration import Config
from workers.config.document import Document, read
from workers.config.mistakes import BadConfig, Mistake, spelled
from workers.core.errors import BadInput

_VARIABLE = "REGCLEAN_CONFIG"


def from_environment(environ: Mapping[str, str]) -> Config:
    """The configuration that REGCLEAN_CONFIG names; raises BadConfig, or BadInput when the variable is not set."""
    path = environ.get(_VARIABLE, "")
    if not path:
        raise BadInput(f"{_VARIABLE} is not set; give it the path of the configuration file.")
    return load(path)


def load(path: str | Path) -> Config:
    """The configuration in a YAML file; raises BadConfig with every mistake. No other file is opened."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise BadConfig(str(path), [Mistake("", f"This file cannot be read: {error.strerror}.")]) from None
    return parse(content, str(path))


def parse(content: bytes, source: str = "The configuration") -> Config:
    """The configuration in YAML text; `source` names it in messages. Raises BadConfig with every mistake."""
    document = read(content)
    if document.value is None and not document.mistakes:
        raise BadConfig(source, [Mistake("", "The file is empty; begin with “registries:”.")])
    config = None if document.value is None else _validated(document)
    if config is None or document.mistakes:
        raise BadConfig(source, sorted(document.mistakes, key=lambda mistake: mistake.line or 0))
    return config


def _validated(document: Document) -> Config | None:
    try:
        return Config.model_validate(document.value)
    except ValidationError as error:
        told = [mistake.path for mistake in document.mistakes]
        for each in error.errors():
            path = spelled(each["loc"])
            # What follows from something that YAML's reader has told is no mistake of its own.
            if not path or not any(f"{before}.".startswith((f"{path}.", f"{path}[")) for before in told):
                document.add(each["loc"], str(each["ctx"]["error"]))
        return None
