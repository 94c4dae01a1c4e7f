"""Credentials: secrets found where the configuration points; only called in the process that uses them."""

from workers.credentials.kinds import Anonymous, Basic, Credentials, IdentityToken, Token
from workers.credentials.resolving import resolve

__all__ = ["Anonymous", "Basic", "Credentials", "IdentityToken", "Token", "resolve"]
