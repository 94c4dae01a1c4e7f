"""Credential helpers: real programs on the PATH, asked as a Docker client asks them."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.docker_config import HOST, DockerConfig, encoded
from workers.config import Secret
from workers.core.errors import BadInput, Unavailable
from workers.credentials import Basic, IdentityToken
from workers.credentials.helper import Helper


@pytest.fixture
def docker(tmp_path: Path) -> DockerConfig:
    return DockerConfig(tmp_path)


# Answers with what it was asked, so that the tests see the call that a real helper would.
ECHO = """#!/bin/sh
read server
printf '{"ServerURL": "%s", "Username": "%s", "Secret": "%s"}' "$server" "$1 $server" "$(basename "$0")"
"""


def answering(answer: object) -> str:
    return f"#!/bin/sh\ncat >/dev/null\ncat <<'END'\n{json.dumps(answer)}\nEND\n"


class TestHelpers:
    def test_a_helper_is_asked_for_the_host(self, docker: DockerConfig) -> None:
        docker.helper("mine", ECHO)
        docker.write({"credHelpers": {HOST: "mine"}})
        assert docker.resolve() == Basic(f"get {HOST}", Secret("docker-credential-mine"))

    def test_docker_hub_is_asked_for_under_its_historical_address(self, docker: DockerConfig) -> None:
        docker.helper("store", ECHO)
        docker.write({"credsStore": "store"})
        login = docker.resolve("https://registry-1.docker.io")
        assert login == Basic("get https://index.docker.io/v1/", Secret("docker-credential-store"))

    @pytest.mark.parametrize(
        ("config", "user"),
        [
            ({"credHelpers": {HOST: "one"}, "credsStore": "two", "auths": {HOST: {"auth": encoded("file:x")}}}, "one"),
            (
                {"credHelpers": {"other": "one"}, "credsStore": "two", "auths": {HOST: {"auth": encoded("file:x")}}},
                "file",
            ),
            ({"credHelpers": {"other": "one"}, "credsStore": "two", "auths": {HOST: {}}}, "two"),
            ({"credsStore": "two"}, "two"),
        ],
    )
    def test_the_most_specific_wins(self, docker: DockerConfig, config: dict[str, Any], user: str) -> None:
        for name in ("one", "two"):
            docker.helper(name, answering({"ServerURL": HOST, "Username": name, "Secret": "x"}))
        docker.write(config)
        assert docker.resolve() == Basic(user, Secret("x"))

    def test_the_user_token_means_an_identity_token(self, docker: DockerConfig) -> None:
        docker.helper("mine", answering({"ServerURL": HOST, "Username": "<token>", "Secret": "hunter2"}))
        docker.write({"credHelpers": {HOST: "mine"}})
        assert docker.resolve() == IdentityToken(Secret("hunter2"))

    def test_it_gets_the_environment_but_none_of_our_secrets(self, docker: DockerConfig) -> None:
        form = '{"Username": "u%s%s", "Secret": "%s"}'
        docker.helper("mine", f'#!/bin/sh\nprintf \'{form}\' "$REGCLEAN_SIGNING_KEY" "$SLACK_BOT_TOKEN" "$REGION"\n')
        docker.write({"credsStore": "mine"})
        login = docker.resolve(REGCLEAN_SIGNING_KEY="key", SLACK_BOT_TOKEN="xoxb", REGION="eu")
        assert login == Basic("u", Secret("eu"))

    def test_a_helper_whose_name_moves_the_cursor_is_told(self, docker: DockerConfig) -> None:
        docker.write({"credHelpers": {HOST: "x\x1b[2J"}})
        assert "There is no program docker-credential-x\N{REPLACEMENT CHARACTER}[2J" in docker.refused()

    @pytest.mark.parametrize("name", ["absent", "../evil", "", "a b", "-x"])
    def test_a_missing_helper_is_told(self, docker: DockerConfig, name: str) -> None:
        docker.write({"credHelpers": {HOST: name or " "}})
        assert f"There is no program docker-credential-{name}" in docker.refused()

    @pytest.mark.parametrize(
        ("script", "kind", "part"),
        [
            ("#!/bin/sh\necho hunter2; echo hunter2 >&2; exit 3\n", Unavailable, "failed with exit code 3; run “echo"),
            ("#!/bin/sh\necho credentials not found in native keychain; exit 1\n", BadInput, "has no login for"),
            ("#!/bin/sh\necho hunter2\n", BadInput, "did not answer with Username and Secret in JSON"),
            ("#!/bin/sh\necho '[\"hunter2\"]'\n", BadInput, "did not answer with Username and Secret in JSON"),
            (answering({"Username": "hunter2"}), BadInput, "did not answer with Username and Secret in JSON"),
            (answering({"Username": "", "Secret": "hunter2"}), BadInput, "has an empty login"),
            (answering({"Username": "bot", "Secret": ["hunter2"]}), BadInput, "has an empty login"),
            ("no shebang, and no program: hunter2\n", BadInput, "cannot be started: Exec format error"),
        ],
    )
    def test_a_failing_helper_is_told_without_its_words(
        self, docker: DockerConfig, script: str, kind: type[BadInput | Unavailable], part: str
    ) -> None:
        docker.helper("mine", script)
        docker.write({"credsStore": "mine"})
        assert part in docker.refused(kind)

    def test_a_hanging_helper_is_ended_with_its_children(self, docker: DockerConfig, tmp_path: Path) -> None:
        pid = tmp_path / "pid"
        docker.helper("slow", f"#!/bin/sh\nsleep 600 &\necho $! > {pid}\nwait\n")
        with pytest.raises(Unavailable, match="docker-credential-slow did not answer within"):
            Helper(name="slow", environ={"PATH": f"{docker.bin}:{os.environ['PATH']}"}, seconds=0.5).get(HOST)
        deadline = time.monotonic() + 10
        while is_running(int(pid.read_text())) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not is_running(int(pid.read_text()))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
