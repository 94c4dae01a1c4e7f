"""Credential helpers: Docker's small programs that keep logins elsewhere (docker-credential-helpers, "Development")."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from workers.core.echo import echo
from workers.core.errors import BadInput, Unavailable
from workers.credentials.kinds import Basic, IdentityToken, of_user

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_OURS: Final = ("REGCLEAN_", "REDIS_", "SLACK_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    """`docker-credential-NAME`, found on the PATH of `environ`; each call may take `seconds`."""

    name: str
    environ: Mapping[str, str]
    seconds: float = 10.0

    @property
    def program(self) -> str:
        return f"docker-credential-{self.name}"

    def get(self, server: str) -> Basic | IdentityToken:
        """Its login for the server.

        Raises BadInput when there is no such helper, it has no login or answers nonsense; Unavailable when it fails.
        """
        with self._started() as process:
            output = self._output(process, server)
        if process.returncode != 0:
            raise self._failure(server, output, process.returncode)
        return self._login(server, output)

    def _started(self) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(  # noqa: S603 - an argument list, and the operator names the helper
                [self._path(), "get"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # A program of somebody else's needs neither our signing key nor Slack.
                env={key: value for key, value in self.environ.items() if not key.startswith(_OURS)},
                start_new_session=True,
            )
        except OSError as error:
            raise BadInput(f"{self.program} cannot be started: {error.strerror}; install it anew.") from None

    def _path(self) -> str:
        path = shutil.which(self.program, path=self.environ.get("PATH", "")) if _NAME.fullmatch(self.name) else None
        if path is None:
            raise BadInput(f"There is no program {echo(self.program)} on the PATH of this process; install it there.")
        return path

    def _output(self, process: "subprocess.Popen[bytes]", server: str) -> bytes:
        try:
            return process.communicate(server.encode(), timeout=self.seconds)[0]
        except subprocess.TimeoutExpired:
            # Its children too: one that keeps the pipe open would be waited for.
            os.killpg(process.pid, signal.SIGKILL)
            raise Unavailable(f"{self.program} did not answer within {self.seconds:g} seconds; try again.") from None

    def _failure(self, server: str, output: bytes, code: int) -> BadInput | Unavailable:
        """Its words are not repeated, they may hold what it keeps; but one message has a fixed text."""
        if b"credentials not found" in output:
            return BadInput(f"{self.program} has no login for {server}; make one with “docker login”.")
        command = f"echo {server} | {self.program} get"
        return Unavailable(f"{self.program} failed with exit code {code}; run “{command}” to see why.")

    def _login(self, server: str, output: bytes) -> Basic | IdentityToken:
        try:
            answer = json.loads(output)
            username, secret = answer["Username"], answer["Secret"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BadInput(f"{self.program} did not answer with Username and Secret in JSON; replace it.") from None
        if not isinstance(username, str) or not isinstance(secret, str) or not username or not secret:
            raise BadInput(f"{self.program} has an empty login for {server}; make one with “docker login”.")
        return of_user(username, secret)
