"""Table: every target by its name."""

from collections.abc import Mapping
from typing import Final

from fuzz.target import Target
from fuzz.targets import (
    addressing,
    answers,
    cards,
    commands,
    config_yaml,
    docker_config,
    headers,
    listing,
    manifest,
    pod_output,
    records,
    report,
    slack_text,
    tokens,
)

TARGETS: Final[Mapping[str, Target]] = {
    "commands": commands.TARGET,
    "addressing": addressing.TARGET,
    "manifest": manifest.TARGET,
    "headers": headers.TARGET,
    "answers": answers.TARGET,
    "report": report.TARGET,
    "pod_output": pod_output.TARGET,
    "listing": listing.TARGET,
    "tokens": tokens.TARGET,
    "records": records.TARGET,
    "cards": cards.TARGET,
    "slack_text": slack_text.TARGET,
    "config_yaml": config_yaml.TARGET,
    "docker_config": docker_config.TARGET,
}
