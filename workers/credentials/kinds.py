"""The kinds of credentials a registry may ask for; none shows its secret when printed."""

from dataclasses import dataclass
from typing import TypeAlias

from workers.config.secret import Secret


@dataclass(frozen=True, slots=True)
class Anonymous:
    """The registry asks for none."""


@dataclass(frozen=True, slots=True)
class Basic:
    """A user and a password."""

    username: str
    password: Secret


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token, sent to the registry as it is."""

    token: Secret


@dataclass(frozen=True, slots=True)
class IdentityToken:
    """A refresh token: a token server gives bearer tokens for it (distribution, "OAuth2 Token Authentication")."""

    token: Secret


Credentials: TypeAlias = Anonymous | Basic | Token | IdentityToken


def of_user(username: str, secret: str) -> Basic | IdentityToken:
    """A user with a secret; Docker writes the user `<token>` where the secret is an identity token."""
    return IdentityToken(Secret(secret)) if username == "<token>" else Basic(username, Secret(secret))
