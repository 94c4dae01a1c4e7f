#!/usr/bin/env bash
# registry.sh test|demo|have: the newer registry, built once with the Go toolchain and kept in the user's cache.
# `demo` builds it only where Debian's registry is missing too; `have` only says whether it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/say.sh
source scripts/go.sh

version=3.1.1
name=registry-$version

has_it() { [[ -x "$programs/$name" ]]; }
make_it() { keep_program "$name" "github.com/distribution/distribution/v3/cmd/registry@v$version"; }

case "${1:-}" in
  have) has_it ;;
  demo) command -v docker-registry >/dev/null || has_it || make_it ||
    { do_without "There is no registry on this machine: install docker-registry, or Go. The demo needs one."; exit 1; } ;;
  test) has_it || make_it ||
    do_without "The registry $version could not be built: install Go and run \`make parts\`. Its tests are left out." ;;
  *)
    echo "Usage: scripts/registry.sh test|demo|have" >&2
    exit 2
    ;;
esac
