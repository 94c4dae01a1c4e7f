#!/usr/bin/env bash
# packages.sh test|long|demo: installs the Debian packages that are missing, and starts none of their services.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/say.sh

# program and package, one pair a line
for_demo='openssl openssl'
for_test="docker-registry docker-registry
redis-server redis-server
chromium chromium
skopeo skopeo
htpasswd apache2-utils
jq jq
curl curl
openssl openssl
setpriv util-linux
dockerd docker.io
containerd containerd
runc runc
podman podman
busybox busybox-static"
for_long="buildah buildah
mmdebstrap mmdebstrap
podman podman
runc runc"

has_venv() {
  [[ -x .venv/bin/python ]] || python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

has_faketime() { compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null; }

missing() {
  local program package
  while read -r program package; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null || echo "$package"
  done <<<"$1"
  has_venv || echo python3-venv
}

# The first of them that is there will do for the demo.
any_registry() { command -v docker-registry >/dev/null || scripts/registry.sh have; }

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    if [[ -t 0 ]]; then sudo "$@"; else sudo -n "$@"; fi
  else
    return 1
  fi
}

# Debian asks /usr/sbin/policy-rc.d before it starts a freshly installed service; 101 means no.
forbid_services() {
  [[ ! -e /usr/sbin/policy-rc.d ]] || return 0
  as_root sh -c 'printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d'
  trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
}

install() {
  command -v apt-get >/dev/null || return 1
  as_root true || return 1
  forbid_services
  local apt=(apt-get -y -qq -o DPkg::Lock::Timeout=300)
  quietly as_root "${apt[@]}" update || say "apt-get update failed; trying with the package lists that are here"
  quietly as_root env DEBIAN_FRONTEND=noninteractive "${apt[@]}" install --no-install-recommends "$@"
}

case "${1:-}" in
  test)
    mapfile -t wanted < <(missing "$for_test")
    has_faketime || wanted+=(libfaketime)
    ;;
  long) mapfile -t wanted < <(missing "$for_long") ;;
  demo)
    mapfile -t wanted < <(missing "$for_demo")
    any_registry || wanted+=(docker-registry)
    ;;
  *)
    echo "Usage: scripts/packages.sh test|long|demo" >&2
    exit 2
    ;;
esac

((${#wanted[@]})) || exit 0
say "Installing Debian packages: ${wanted[*]}"
install "${wanted[@]}" || do_without "Not installed: ${wanted[*]}. Install them by hand (apt-get install ${wanted[*]}); what needs them is left out."
