"""CredentialSettings: where a registry's secret is found; never the secret itself, and nothing is read here."""

from typing import Annotated, ClassVar, Final, Self

from pydantic import ConfigDict, Field, model_validator

from workers.config.base import Settings
from workers.config.scalars import FullPath, Variable, shape

_FORMS: Final = (
    ("username", "password_env"),
    ("username", "password_file"),
    ("token_env",),
    ("token_file",),
    ("docker_config",),
)


class CredentialSettings(Settings):
    """Exactly one form: a user with a password, a token, or a Docker client's configuration."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": list(form)} for form in _FORMS]})
    remedy_for_secrets: ClassVar[str] = (
        "put it into an environment variable or a file and write password_env: NAME or password_file: /path "
        "(for a token: token_env or token_file)"
    )

    username: Annotated[str, shape(r"[^:\x00-\x1f\x7f]+", "Write the user's name; it cannot hold “:”.")] | None = Field(
        default=None, description="The user, together with `password_env` or `password_file`.", examples=["regclean"]
    )
    password_env: Variable | None = Field(
        default=None, description="The environment variable that holds the password.", examples=["PROD_PASSWORD"]
    )
    password_file: FullPath | None = Field(
        default=None,
        description="The file that holds the password; read again when needed.",
        examples=["/run/secrets/prod"],
    )
    token_env: Variable | None = Field(
        default=None, description="The environment variable that holds a bearer token.", examples=["PROD_TOKEN"]
    )
    token_file: FullPath | None = Field(
        default=None,
        description="The file that holds a bearer token; read again when needed.",
        examples=["/run/secrets/token"],
    )
    docker_config: FullPath | None = Field(
        default=None,
        description="A Docker client's `config.json`: `auths`, `credHelpers`, `credsStore` and identity tokens.",
        examples=["/etc/regclean/docker/config.json"],
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = {name for name, value in self if value is not None}
        if not any(given == set(form) for form in _FORMS):
            raise ValueError(_advice(given))
        return self


def _advice(given: set[str]) -> str:
    if given == {"username"}:
        return "Add password_env: NAME or password_file: /path for the user."
    if given and given <= {"password_env", "password_file"}:
        return "Add username, and keep one of password_env and password_file."
    return (
        "Keep exactly one form: username with password_env or password_file, or token_env, or token_file, "
        "or docker_config."
    )
