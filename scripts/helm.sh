#!/usr/bin/env bash
# helm.sh: the helm command for the chart's tests, built once with the Go toolchain and kept in the user's cache.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/say.sh
source scripts/go.sh

version=4.2.4
name=helm-$version

[[ -x "$programs/$name" ]] || keep_program "$name" "helm.sh/helm/v4/cmd/helm@v$version" ||
  do_without "Helm $version could not be built: install Go and run \`make parts\`. The chart's tests are left out."
