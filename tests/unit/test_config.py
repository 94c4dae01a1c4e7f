"""The configuration file: what is accepted, and how it is understood."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.configuration import written
from workers.config import BadConfig, CommandRunnerSettings, Config, RegistrySettings, from_environment, load, parse
from workers.core.errors import BadInput

FULL = """
registries:
  - name: prod
    url: https://Registry.Example.com/
    aliases: [registry.example.com:5000, Docker.example.com]
    credentials: {username: bot, password_env: PROD_PASSWORD}
    ca_file: /etc/ca.pem
    proxy: http://proxy:3128
    no_proxy: [".internal", "10.0.0.0/8", "::1", "*", "cache.example.com:8080"]
    concurrency: 64
    protected: ["library/*:latest", "*:prod-*"]
    untag: native
    channel: C0000000009
    timeout: 2.5
    gc:
      runner: command
      read_only_on: [["systemctl", "set-environment", "X=y"], ["systemctl", "restart", "registry"]]
      read_only_off: [["systemctl", "restart", "registry"]]
      dry_run: ["registry", "garbage-collect", "--dry-run", "/etc/config.yml"]
      collect: ["registry", "garbage-collect", "/etc/config.yml"]
      restart: [["systemctl", "restart", "registry"]]
      flush: [["redis-cli", "flushdb"]]
      stop: [["pkill", "-f", "garbage-collect"]]
      collecting: ["pgrep", "-f", "garbage-collect"]
      storage_root: /var/lib/registry
      timeout: 2h
  - name: dev
    url: http://[::1]:80
    plain_http: true
approvals: {approvers: [U012ABCDEF, W0ENTERPRISE], expiry: 30m}
channels: {default: C0123456789}
slack: {proxy: "http://proxy:3128", no_proxy: [.internal]}
limits: {images_per_request: 7, plan_manifests: 9}
"""


class TestGoodFile:
    def test_every_key_is_understood(self) -> None:
        config = parse(FULL.encode())
        prod, dev = config.registries
        assert prod.url == "https://registry.example.com"
        assert prod.credentials
        assert prod.credentials.password_env == "PROD_PASSWORD"
        assert prod.timeout == 2.5
        assert isinstance(prod.gc, CommandRunnerSettings)
        assert prod.gc.read_only_on == (("systemctl", "set-environment", "X=y"), ("systemctl", "restart", "registry"))
        assert prod.gc.collecting == ("pgrep", "-f", "garbage-collect")
        assert prod.gc.timeout == 7200
        assert dev.gc is None
        assert config.approvals.expiry == timedelta(minutes=30)
        assert config.approvals.expiry_seconds == 1800
        assert config.limits.plan_manifests == 9

    def test_defaults(self) -> None:
        config = parse(written())
        (registry,) = config.registries
        assert (registry.kind, registry.concurrency, registry.untag) == ("distribution", 8, "auto")
        assert (registry.timeout, registry.plain_http, registry.protected) == (10, False, ())
        assert config.approvals.expiry_seconds == 86400
        assert (config.limits.images_per_request, config.limits.plan_manifests) == (500, 20_000)

    def test_hosts_are_lower_case_with_and_without_the_usual_port(self) -> None:
        prod, dev = parse(FULL.encode()).registries
        assert prod.hosts == (
            "registry.example.com",
            "registry.example.com:443",
            "registry.example.com:5000",
            "docker.example.com",
            "docker.example.com:443",
        )
        assert dev.hosts == ("[::1]:80", "[::1]")
        assert (dev.scheme, dev.host) == ("http", "[::1]:80")

    def test_registries_are_found_by_name_and_by_host_in_any_case(self) -> None:
        config = parse(FULL.encode())
        assert config.registry("PROD") is config.registries[0]
        assert config.registry("Docker.Example.com:443") is config.registries[0]
        assert config.registry("[::1]") is config.registries[1]

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("prdo", "There is no registry “prdo”; did you mean “prod”?"),
            (
                "registry.exampel.com",
                "There is no registry “registry.exampel.com”; did you mean “registry.example.com”?",
            ),
            ("zzz", "There is no registry “zzz”; there is prod, dev."),
        ],
    )
    def test_unknown_registry_is_told_with_the_nearest_name(self, name: str, sentence: str) -> None:
        with pytest.raises(BadInput) as caught:
            parse(FULL.encode()).registry(name)
        assert caught.value.sentence == sentence

    def test_cards_go_to_the_registrys_channel_or_the_default(self) -> None:
        config = parse(FULL.encode())
        assert config.channel_of("prod") == "C0000000009"
        assert config.channel_of("dev") == "C0123456789"

    @pytest.mark.parametrize(
        ("text", "seconds"), [("90s", 90), ("30m", 1800), ("1.5h", 5400), ("7d", 604800), ("60", 60)]
    )
    def test_durations(self, text: str, seconds: int) -> None:
        config = parse(written(approvals=f"approvers: [U012ABCDEF], expiry: {text}"))
        assert config.approvals.expiry_seconds == seconds

    def test_nothing_can_be_changed_afterwards(self) -> None:
        config = parse(written())
        with pytest.raises(ValueError, match="frozen"):
            config.limits = config.limits

    def test_what_was_understood_can_be_put_together_again(self) -> None:
        config = parse(FULL.encode())
        parts = {name: getattr(config, name) for name in Config.model_fields}
        assert Config(**parts) == config
        registry = {name: getattr(config.registries[0], name) for name in RegistrySettings.model_fields}
        assert RegistrySettings(**registry) == config.registries[0]

    def test_same_settings_may_be_shared_by_anchor(self) -> None:
        content = FULL.replace("- name: prod", "- &prod\n    name: prod").replace(
            "  - name: dev\n", "  - <<: *prod\n    aliases: []\n    name: dev\n"
        )
        config = parse(content.replace("plain_http: true", "plain_http: true\n    timeout: 3").encode())
        assert config.registries[1].credentials == config.registries[0].credentials
        assert config.registries[1].timeout == 3


class TestFiles:
    def test_no_other_file_and_no_secret_is_needed_to_load(self, tmp_path: Path) -> None:
        path = tmp_path / "regclean.yaml"
        path.write_text(FULL, encoding="utf-8")
        assert load(path) == from_environment({"REGCLEAN_CONFIG": str(path)})

    def test_the_variable_must_be_set(self) -> None:
        with pytest.raises(BadInput, match="REGCLEAN_CONFIG is not set"):
            from_environment({})

    def test_a_missing_file_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(BadConfig, match="cannot be read: No such file or directory"):
            load(tmp_path / "none.yaml")
