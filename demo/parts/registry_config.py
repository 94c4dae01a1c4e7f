"""The registry's configuration file: written from settings, read back by whoever operates the registry."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

CONFIG_NAME: Final = "config.yml"
STORAGE_NAME: Final = "storage"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAuth:
    """Bearer tokens: where clients get them, and the certificate that vouches for their signatures."""

    realm: str
    service: str
    issuer: str
    root_certificates: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """A server's certificate and private key, PEM; `ca` is what clients trust."""

    certificate: Path
    key: Path
    ca: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySettings:
    """How a registry is to behave; port 0 takes a free one, user and password together turn htpasswd on."""

    port: int = 0
    host: str = "127.0.0.1"
    delete_enabled: bool = True
    read_only: bool = False
    user: str = ""
    password: str = ""
    token: TokenAuth | None = None
    tls: TlsFiles | None = None
    blob_cache: bool = True


def address(host: str, port: int) -> str:
    """`host:port`, with the brackets that an IPv6 address needs."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def configuration(settings: RegistrySettings, folder: Path, port: int) -> dict[str, Any]:
    """The content of config.yml for a registry that keeps everything below `folder`."""
    return {
        "version": 0.1,
        "log": {"level": "info", "accesslog": {"disabled": True}, "fields": {"service": "registry"}},
        "storage": _storage(settings, folder),
        "http": _http(settings, port),
        **_auth(settings, folder),
    }


def _storage(settings: RegistrySettings, folder: Path) -> dict[str, Any]:
    return {
        **({"cache": {"blobdescriptor": "inmemory"}} if settings.blob_cache else {}),
        "filesystem": {"rootdirectory": str(folder / STORAGE_NAME)},
        "delete": {"enabled": settings.delete_enabled},
        "maintenance": {"readonly": {"enabled": settings.read_only}, "uploadpurging": {"enabled": False}},
    }


def _http(settings: RegistrySettings, port: int) -> dict[str, Any]:
    http: dict[str, Any] = {"addr": address(settings.host, port), "secret": "the same after each restart"}
    if settings.tls is not None:
        http["tls"] = {"certificate": str(settings.tls.certificate), "key": str(settings.tls.key)}
    return http


def _auth(settings: RegistrySettings, folder: Path) -> dict[str, Any]:
    if settings.user:
        return {"auth": {"htpasswd": {"realm": "sample registry", "path": str(folder / "htpasswd")}}}
    if settings.token is not None:
        token = settings.token
        root = str(token.root_certificates)
        return {
            "auth": {
                "token": {
                    "realm": token.realm,
                    "service": token.service,
                    "issuer": token.issuer,
                    "rootcertbundle": root,
                }
            }
        }
    return {}


def write_configuration(path: Path, content: dict[str, Any]) -> None:
    """Replace the file in one step, so that a registry that starts meanwhile reads either the old or the new one."""
    fresh = path.with_suffix(".new")
    fresh.write_text(yaml.safe_dump(content, sort_keys=False))
    fresh.replace(path)


def read_configuration(path: Path) -> dict[str, Any]:
    """The file's content.

    Raises:
        FileNotFoundError: there is no registry in that folder.
    """
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def served_url(content: dict[str, Any]) -> str:
    """The address under which a registry with this configuration answers."""
    http = content["http"]
    scheme = "https" if "tls" in http else "http"
    return f"{scheme}://{http['addr']}"
