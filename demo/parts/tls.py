"""A throw-away certificate authority and what it signs, made with the openssl command."""

import subprocess
from pathlib import Path
from typing import Final

from demo.parts.errors import PartError, PartMissingError
from demo.parts.registry_config import TlsFiles

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
AUTHORITY: Final = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,digitalSignature"
SERVER: Final = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth"
CLIENT: Final = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth"
IDENTIFIERS: Final = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid"
CONFIGURATION: Final = """
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = {name}
[extensions]
{extensions}
"""


def make_tls(folder: Path, *names: str) -> TlsFiles:
    """A server certificate for these host names or addresses (those of the loopback if none), good for two days.

    Raises:
        PartMissingError: there is no openssl.
    """
    authority = make_authority(folder, "throw-away authority")
    kinds = ",".join(f"{'IP' if _is_address(name) else 'DNS'}:{name}" for name in names or LOOPBACK)
    files = TlsFiles(certificate=folder / "server.pem", key=folder / "server.key", ca=authority.ca)
    _certify(files, "throw-away server", f"{SERVER}\nsubjectAltName={kinds}", signer=authority)
    return files


def make_client(folder: Path) -> TlsFiles:
    """A certificate by which a client shows who it is, of the same authority as the folder's server certificate.

    Raises:
        PartMissingError: there is no openssl.
    """
    authority = make_authority(folder, "throw-away authority")
    files = TlsFiles(certificate=folder / "client.pem", key=folder / "client.key", ca=authority.ca)
    _certify(files, "throw-away client", CLIENT, signer=authority)
    return files


def make_authority(folder: Path, name: str) -> TlsFiles:
    """A certificate that vouches for itself and may sign others, the folder's own where it has one already."""
    folder.mkdir(parents=True, exist_ok=True)
    files = TlsFiles(certificate=folder / "ca.pem", key=folder / "ca.key", ca=folder / "ca.pem")
    if not (files.key.exists() and files.certificate.exists()):
        _certify(files, name, AUTHORITY, signer=None)
    return files


def openssl(*arguments: str | Path, given: bytes = b"") -> bytes:
    """What the openssl command answers on its standard output.

    Raises:
        PartMissingError: there is no openssl.
        PartError: it could not do it; the sentence is its own.
    """
    try:
        answer = subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=False, timeout=60)
    except FileNotFoundError as missing:
        raise PartMissingError("There is no `openssl` on this machine: install the package openssl.") from missing
    if answer.returncode:
        raise PartError(f"openssl {arguments[0]} failed: {answer.stderr.decode(errors='replace').strip()}")
    return answer.stdout


def _certify(files: TlsFiles, name: str, extensions: str, *, signer: TlsFiles | None) -> None:
    wanted = CONFIGURATION.format(name=name, extensions=f"{extensions}\n{IDENTIFIERS}")
    kind = ["-x509", "-newkey", "rsa:2048", "-noenc", "-sha256", "-days", "2"]
    by: list[str | Path] = ["-CA", signer.certificate, "-CAkey", signer.key] if signer else []
    openssl(
        "req", "-config", "/dev/stdin", *kind, *by, "-keyout", files.key, "-out", files.certificate,
        given=wanted.encode(),
    )  # fmt: skip


def _is_address(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdigit()
