#!/usr/bin/env bash
# image_base.sh FILE: a small Debian with Python as FILE (tar), for building the image where no image registry is
# reached. It trusts what this machine trusts, and asks the same package index.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/say.sh

file="$1"
mkdir -p "$(dirname "$file")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

index=$(python3 -m pip config list 2>/dev/null | sed -nE "s/^(global|:env:)\.((extra-)?index-url|trusted-host|timeout)='(.*)'$/\2 = \4/p" | sort -u)
printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n%s\n' "$index" >"$work/pip.conf"

say "Making a base image of this machine's Debian (once, a minute)"
quietly mmdebstrap --variant=minbase --include=ca-certificates,python3,python3-venv --aptopt='Acquire::Languages "none"' \
  --customize-hook='upload /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt' \
  --customize-hook="upload $work/pip.conf /etc/pip.conf" \
  "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$work/base.tar"
mv "$work/base.tar" "$file.$$" && mv -f "$file.$$" "$file"
