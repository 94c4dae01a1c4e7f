"""Credentials of a registry: from the environment, from files, and from a Docker client's configuration."""

from base64 import b64encode
from pathlib import Path

import pytest

from tests.integration.docker_config import HOST, LOGIN, DockerConfig, encoded, refused, settings
from workers.config import Secret
from workers.credentials import Anonymous, Basic, Credentials, IdentityToken, Token, resolve


class TestPlainForms:
    def test_none_is_anonymous(self) -> None:
        assert resolve(settings(), {}) == Anonymous()

    def test_a_password_from_the_environment(self) -> None:
        assert resolve(settings(username="bot", password_env="PW"), {"PW": "hunter2"}) == LOGIN

    def test_a_token_from_the_environment(self) -> None:
        assert resolve(settings(token_env="TOKEN"), {"TOKEN": "hunter2"}) == Token(Secret("hunter2"))

    @pytest.mark.parametrize("environ", [{}, {"PW": ""}])
    def test_a_variable_that_is_not_set_is_told(self, environ: dict[str, str]) -> None:
        sentence = refused(lambda: resolve(settings(username="bot", password_env="PW"), environ))
        assert "The environment variable PW is not set" in sentence

    def test_a_rotated_password_file_is_read_again(self, tmp_path: Path) -> None:
        file = tmp_path / "password"
        for value in ("first", "second"):
            file.write_text(f"{value}\n", encoding="utf-8")
            assert resolve(settings(username="bot", password_file=str(file)), {}) == Basic("bot", Secret(value))

    def test_a_token_file(self, tmp_path: Path) -> None:
        file = tmp_path / "token"
        file.write_text("hunter2", encoding="utf-8")
        assert resolve(settings(token_file=str(file)), {}) == Token(Secret("hunter2"))

    def test_a_missing_file_is_told(self, tmp_path: Path) -> None:
        sentence = refused(lambda: resolve(settings(token_file=str(tmp_path / "none")), {}))
        assert "that token_file names cannot be read: No such file or directory" in sentence

    def test_nothing_shows_the_secret(self) -> None:
        assert "hunter2" not in f"{LOGIN} {LOGIN!r} {Token(Secret('hunter2'))} {IdentityToken(Secret('hunter2'))!r}"


@pytest.fixture
def docker(tmp_path: Path) -> DockerConfig:
    return DockerConfig(tmp_path)


class TestLoginsInTheFile:
    @pytest.mark.parametrize(
        ("url", "key"),
        [
            (f"https://{HOST}", HOST),
            (f"https://{HOST}", HOST.upper()),
            (f"https://{HOST}", f"{HOST}:443"),
            (f"https://{HOST}", f"https://{HOST}"),
            (f"https://{HOST}", f"https://{HOST}/v1/"),
            (f"https://{HOST}", f"https://{HOST}/v2/"),
            (f"https://{HOST}:443", HOST),
            (f"https://{HOST}:5000", f"{HOST}:5000"),
            (f"http://{HOST}", f"http://{HOST}:80/v1/"),
            ("https://[::1]:5000", "[::1]:5000"),
            ("https://docker.io", "https://index.docker.io/v1/"),
            ("https://registry-1.docker.io", "https://index.docker.io/v1/"),
            ("https://index.docker.io", "docker.io"),
        ],
    )
    def test_every_spelling_of_the_host(self, docker: DockerConfig, url: str, key: str) -> None:
        docker.write(
            {"auths": {"other.example.com": {"auth": encoded("no:no")}, key: {"auth": encoded("bot:hunter2")}}}
        )
        assert docker.resolve(url) == LOGIN

    @pytest.mark.parametrize(
        ("entry", "login"),
        [
            ({"auth": encoded("bot:hunter2")}, LOGIN),
            ({"auth": encoded("bot:hunter:2")}, Basic("bot", Secret("hunter:2"))),
            ({"auth": encoded("bot:hunter2\0")}, LOGIN),
            ({"username": "bot", "password": "hunter2", "email": "a@b"}, LOGIN),
            ({"username": "<token>", "password": "hunter2"}, IdentityToken(Secret("hunter2"))),
            ({"auth": encoded("bot:"), "identitytoken": "hunter2"}, IdentityToken(Secret("hunter2"))),
            ({"registrytoken": "hunter2"}, Token(Secret("hunter2"))),
        ],
    )
    def test_every_form_of_login(self, docker: DockerConfig, entry: dict[str, str], login: Credentials) -> None:
        docker.write({"auths": {HOST: entry}})
        assert docker.resolve() == login

    @pytest.mark.parametrize(
        "key", ["other.example.com", f"{HOST}:5000", f"{HOST}/team", "mirrored.example.org", "https://[", ""]
    )
    def test_a_login_for_something_else_is_not_used(self, docker: DockerConfig, key: str) -> None:
        docker.write({"auths": {key: {"auth": encoded("bot:hunter2")}}})
        assert f"has no login for {HOST}; make one with “docker login {HOST}”." in docker.refused()

    @pytest.mark.parametrize(
        ("entry", "part"),
        [
            ({"auth": "hunter2!"}, "has an auth that is not base64"),
            ({"auth": b64encode(b"\xff\xff").decode()}, "has an auth that is not base64"),
            ({"auth": encoded("hunter2")}, "is not user:password in base64"),
            ({"auth": encoded("bot:")}, "is not user:password in base64"),
            ({"username": "hunter2"}, "has neither auth nor username and password nor identitytoken"),
            ({"auth": ["hunter2"]}, "is not a JSON object of texts"),
            ("hunter2", "is not a JSON object of texts"),
        ],
    )
    def test_a_broken_login_is_told_without_showing_it(self, docker: DockerConfig, entry: object, part: str) -> None:
        docker.write({"auths": {HOST: entry}})
        assert part in docker.refused()

    @pytest.mark.parametrize(
        ("content", "part"),
        [
            (b"{hunter2", "is not JSON."),
            (b"\xff", "is not JSON."),
            (b"[" * 100_000, "is not JSON."),
            (b"[]", "is not a JSON object."),
            (b'{"auths": ["hunter2"]}', "auths is not a JSON object."),
            (b"{}", "has no login for registry.example.com"),
            (b'{"auths": {"registry.example.com": {}}}', "has no login for registry.example.com"),
        ],
    )
    def test_a_broken_file_is_told(self, docker: DockerConfig, content: bytes, part: str) -> None:
        docker.file.write_bytes(content)
        assert part in docker.refused()

    def test_a_missing_file_is_told(self, docker: DockerConfig) -> None:
        assert "that docker_config names cannot be read: No such file or directory." in docker.refused()

    def test_a_new_login_is_seen_at_the_next_call(self, docker: DockerConfig) -> None:
        for secret in ("first", "second"):
            docker.write({"auths": {HOST: {"auth": encoded(f"bot:{secret}")}}})
            assert docker.resolve() == Basic("bot", Secret(secret))
