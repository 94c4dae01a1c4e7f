"""Resolving: from the settings of a registry to the credentials themselves, read anew at every call."""

from collections.abc import Mapping

from workers.config import CredentialSettings, RegistrySettings, Secret, secret_from_file
from workers.core.errors import BadInput, Unavailable
from workers.credentials import docker
from workers.credentials.kinds import Anonymous, Basic, Credentials, Token


def resolve(settings: RegistrySettings, environ: Mapping[str, str]) -> Credentials:
    """The credentials of a registry; nothing is kept, so that a rotated secret is used at the next call.

    A credential helper may take 10 seconds. Raises BadInput when something must be mended first, and Unavailable when
    a credential helper failed and may succeed later; neither says anything secret.
    """
    if settings.credentials is None:
        return Anonymous()
    try:
        return _resolved(settings, settings.credentials, environ)
    except (BadInput, Unavailable) as error:
        raise type(error)(f"Registry “{settings.name}”: {error.sentence}") from None


def _resolved(settings: RegistrySettings, given: CredentialSettings, environ: Mapping[str, str]) -> Credentials:
    if given.docker_config is not None:
        return docker.login(given.docker_config, settings, environ)
    secret = _secret(given, environ)
    return Token(secret) if given.username is None else Basic(given.username, secret)


def _secret(given: CredentialSettings, environ: Mapping[str, str]) -> Secret:
    for key, path in (("password_file", given.password_file), ("token_file", given.token_file)):
        if path is not None:
            return secret_from_file(path, key)
    name = given.password_env or given.token_env or ""
    if not environ.get(name):
        raise BadInput(f"The environment variable {name} is not set for this process; set it where the workers run.")
    return Secret(environ[name])
