#!/usr/bin/env bash
# audit.sh: looks up every locked package, of the image and of its build, in PyPI's advisories. It needs the network, and
# fails where a package has a known vulnerability or could not be looked up.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/say.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
quietly python3 -m venv "$work/venv"
quietly "$work/venv/bin/pip" install --quiet --disable-pip-version-check pip-audit

status=0
for lock in requirements.lock requirements-build.lock; do
  say "Auditing $lock"
  "$work/venv/bin/pip-audit" --strict --progress-spinner off --disable-pip --require-hashes --requirement "$lock" || status=1
done
exit "$status"
