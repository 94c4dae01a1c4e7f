#!/usr/bin/env bash
# image.sh [NAME [BUILDAH-OPTION...]]: builds the container image with buildah. BASE is the image it stands on, by
# default the one in the Dockerfile; STORAGE is a folder to build in, by default buildah's own.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v buildah >/dev/null || { echo "There is no buildah: install it, or run: docker build ." >&2; exit 1; }
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
name="${1:-regclean:$version}"
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
buildah=(buildah)
[[ -z "${STORAGE:-}" ]] || buildah+=(--root "$STORAGE/root" --runroot "$STORAGE/run")
arguments=(--build-arg "VERSION=$version" --build-arg "REVISION=$revision")
[[ -z "${BASE:-}" ]] || arguments+=(--build-arg "BASE=$BASE")

"${buildah[@]}" bud --format docker "${arguments[@]}" "${@:2}" --tag "$name" .
"${buildah[@]}" images "$name"
