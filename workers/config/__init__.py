"""Configuration: one YAML file, validated as a whole, and the secrets that come from the environment."""

from workers.config.configuration import Approvals, Channels, Config, Limits, Slack
from workers.config.credentials import CredentialSettings
from workers.config.gc import CommandRunnerSettings, GcSettings
from workers.config.gc_docker import DockerRunnerSettings
from workers.config.gc_kubernetes import KubernetesRunnerSettings
from workers.config.loading import from_environment, load, parse
from workers.config.mistakes import BadConfig, Mistake
from workers.config.redis import redis_url
from workers.config.registry import RegistrySettings
from workers.config.secret import Secret, secret_from_environment, secret_from_file, signing_keys

__all__ = [
    "Approvals",
    "BadConfig",
    "Channels",
    "CommandRunnerSettings",
    "Config",
    "CredentialSettings",
    "DockerRunnerSettings",
    "GcSettings",
    "KubernetesRunnerSettings",
    "Limits",
    "Mistake",
    "RegistrySettings",
    "Secret",
    "Slack",
    "from_environment",
    "load",
    "parse",
    "redis_url",
    "secret_from_environment",
    "secret_from_file",
    "signing_keys",
]
