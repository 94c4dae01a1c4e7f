#!/usr/bin/env bash
# venv.sh run|dev|fuzz: .venv with regclean in it; dev adds what it takes to work on it, fuzz what it takes to fuzz it.
# It does nothing while pyproject.toml is unchanged.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/say.sh

kind="${1:-}"
[[ $kind == run || $kind == dev || $kind == fuzz ]] || { echo "Usage: scripts/venv.sh run|dev|fuzz" >&2; exit 2; }
state=$(sha256sum <pyproject.toml)

holds() { [[ -x .venv/bin/python && -f ".venv/.$1" && $(<".venv/.$1") == "$state" ]]; }

pick_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if "$candidate" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "There is no Python 3.11 or newer with the venv module: install python3 and python3-venv, or set PYTHON." >&2
  return 1
}

if holds "$kind" || { [[ $kind == run ]] && holds dev; }; then exit 0; fi

say "Installing regclean into .venv"
if [[ ! -x .venv/bin/python ]]; then
  python=$(pick_python)
  "$python" -m venv .venv
fi
pip=(.venv/bin/python -m pip --quiet --disable-pip-version-check)
quietly "${pip[@]}" install --upgrade 'pip>=25.1' # the first that knows --group
groups=()
[[ $kind == run ]] || groups=(--group "$kind")
quietly "${pip[@]}" install --editable '.[local]' "${groups[@]}"
echo "$state" >".venv/.$kind"
