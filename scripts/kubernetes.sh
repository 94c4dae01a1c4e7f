#!/usr/bin/env bash
# kubernetes.sh: Kubernetes' own API server and controllers, and etcd, for the long tests: built once with the Go
# toolchain, which takes some ten minutes, and kept in the user's cache.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/say.sh
source scripts/go.sh

kubernetes=1.34.4
etcd=3.6.16

# build VERSION PACKAGE=PROGRAM...: the packages of the module in $work, as $programs/PROGRAM-VERSION.
build() {
  local version=$1 each
  shift
  mkdir -p "$programs"
  (cd "$work" && go mod tidy) || return 1
  for each in "$@"; do
    (cd "$work" && CGO_ENABLED=0 go build -trimpath -ldflags=-s -o program "${each%=*}") || return 1
    mv -f "$work/program" "$programs/${each#*=}-$version"
  done
}

# A module of ours that says the versions: both programs' own modules lead to parts of theirs by path, which `go install`
# does not follow. Its imports are PACKAGE..., which lie below those that are built.
module() { # module REQUIREMENT REPLACEMENTS PACKAGE...
  printf 'module build\n\ngo 1.24\n\nrequire %s\n\n%s\n' "$1" "$2" >"$work/go.mod"
  shift 2
  printf '//go:build tools\n\npackage tools\n\n' >"$work/tools.go"
  printf 'import _ "%s"\n' "$@" >>"$work/tools.go"
}

make_etcd() {
  module "go.etcd.io/etcd/server/v3 v$etcd" "" go.etcd.io/etcd/server/v3/etcdmain
  build "$etcd" go.etcd.io/etcd/server/v3=etcd
}

make_kubernetes() {
  local own staged replacements main=k8s.io/kubernetes/cmd
  own=$(go mod download -json "k8s.io/kubernetes@v$kubernetes" | jq -re .GoMod) || return 1
  staged=$(sed -n '/^replace (/,/^)/p' "$own" | grep -oE 'k8s\.io/[a-z-]+ ' | sort -u) || return 1
  replacements=$(printf '%s\n' "$staged" | sed -E "s|(.*) |  \\1 => \\1 v${kubernetes/#1./0.}|")
  module "k8s.io/kubernetes v$kubernetes" "replace (
$replacements
)" "$main"/kube-{apiserver,controller-manager}/app
  build "$kubernetes" "$main"/kube-{apiserver=kube-apiserver,controller-manager=kube-controller-manager}
}

has_all() {
  local name
  for name in "etcd-$etcd" {kube-apiserver,kube-controller-manager}-"$kubernetes"; do
    [[ -x "$programs/$name" ]] || return 1
  done
}

make_all() {
  command -v go >/dev/null || return 1
  say "Building Kubernetes $kubernetes (once, some ten minutes)"
  export GOFLAGS='' GOTOOLCHAIN=auto
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  quietly make_etcd && quietly make_kubernetes
}

has_all || make_all ||
  do_without "Kubernetes $kubernetes could not be built: install Go and run \`make test-long\`. Its tests are left out."
