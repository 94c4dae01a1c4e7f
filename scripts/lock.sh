#!/usr/bin/env bash
# lock.sh [--upgrade]: requirements.lock (what the image runs, with what gc runners and traces need) and
# requirements-build.lock (what builds it), with the hashes of every file that may be installed. It keeps the versions
# that are locked and still fit; --upgrade takes the newest. Run it after changing the dependencies in pyproject.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/say.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
quietly python3 -m venv "$work/venv"
quietly "$work/venv/bin/pip" install --quiet --disable-pip-version-check uv
lock=("$work/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate)

say "Locking what the image runs"
"${lock[@]}" "$@" --extra docker --extra kubernetes --extra tracing --output-file requirements.lock pyproject.toml
say "Locking what builds it"
"${lock[@]}" "$@" --output-file requirements-build.lock - <<<$'hatchling\ncyclonedx-bom'
