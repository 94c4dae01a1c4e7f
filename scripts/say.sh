# shellcheck shell=bash
# How the set-up scripts speak; sourced by them.

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

# Something could not be had. Loud here; the end in CI, where every part must be there.
do_without() {
  printf '\n\033[1;31m!!! %s\033[0m\n\n' "$*" >&2
  [[ -z "${REGCLEAN_CI:-}" ]]
}

# quietly COMMAND...: its output is shown only when it fails.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  ((status == 0)) || tail -n 60 "$log" >&2
  rm -f "$log"
  return "$status"
}
