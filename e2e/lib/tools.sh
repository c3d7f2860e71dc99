# shellcheck shell=bash
# Binaries: each family is a Go module in e2e/tools, pinned by its go.mod and go.sum and built once per machine.
# One module per family, because their dependency graphs do not agree with each other.

readonly families=(etcd runc cni containerd helm kubernetes)
readonly tools=$here/tools
readonly cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/socketcapacity/bin

version_of() { awk -v module="$2" '$1 == module { print $2 }' "$tools/$1/go.mod"; }

# Kubernetes calls itself v0.0.0 unless it is told its version; runc is C in part.
build_environment() { # FAMILY
  local cgo=0 tags='' link='-s -w' version major minor
  case $1 in
    kubernetes)
      version=$(version_of kubernetes k8s.io/kubernetes)
      IFS=. read -r major minor _ <<<"${version#v}"
      local -r variable=k8s.io/component-base/version
      link+=" -X $variable.gitVersion=$version -X $variable.gitMajor=$major -X $variable.gitMinor=$minor"
      ;;
    runc) cgo=1 tags=seccomp link+=' -extldflags=-static' ;;
  esac
  echo "CGO_ENABLED=$cgo"
  echo "GOFLAGS=-mod=readonly -trimpath -buildvcs=false -tags=$tags '-ldflags=$link'"
}

family_dir() {
  local hash
  hash=$({ cat "$tools/$1/go.mod" "$tools/$1/go.sum" && build_environment "$1"; } | sha256sum)
  echo "$cache/$1-${hash:0:12}"
}

# Builds what is missing and sets $bin, the directory that holds every binary.
build_tools() {
  local family missing=() n=0
  for family in "${families[@]}"; do
    [[ -d $(family_dir "$family") ]] || missing+=("$family")
  done
  if ((${#missing[@]})); then
    find_go
    mkdir -p "$cache"
    exec 8>"$cache/.lock"
    flock -n 8 || { say "Another build is at work; waiting for it." && flock 8; }
    for family in "${missing[@]}"; do
      build_family "$family" "$((++n)) of ${#missing[@]}"
    done
    exec 8>&-
  fi
  link_tools
}

find_go() {
  command -v go >/dev/null || PATH+=:/usr/local/go/bin:/usr/lib/go/bin
  command -v go >/dev/null || die "needs Go $(awk '$1 == "go" { print $2 }' "$tools/kubernetes/go.mod") or newer (https://go.dev/dl)"
}

build_family() {
  local dir environment
  dir=$(family_dir "$1")
  [[ ! -d $dir ]] || return 0
  [[ $1 != runc ]] || install_c_compiler
  say "Building $1 ($2)"
  local -r work=$cache/.build-$1 log=$cache/.build-$1.log start=$SECONDS
  rm -rf "$work"
  mapfile -t environment < <(build_environment "$1")
  (cd "$tools/$1" && exec env GOBIN="$work" GOWORK=off "${environment[@]}" go install -v tool) >"$log" 2>&1 8>&- 9>&- &
  watch_build $! "$log" || {
    tail -n 20 "$log" >&2
    die "building $1 failed; all of its output is in $log"
  }
  mv -T "$work" "$dir"
  rm "$log"
  say "Built $1 in $((SECONDS - start)) s"
}

install_c_compiler() {
  need_commands gcc=gcc pkg-config=pkg-config
  pkg-config --exists libseccomp || add_packages libc6-dev libseccomp-dev
}

# Shows how far the build is: each second on a terminal, else a line every ten.
watch_build() {
  local start=$SECONDS shown=$SECONDS step=10
  [[ ! -t 2 ]] || step=1
  # shellcheck disable=SC2064 # the pid is meant to be today's
  trap "kill $1 2>/dev/null" EXIT
  while kill -0 "$1" 2>/dev/null; do
    sleep 0.5
    if ((SECONDS - shown >= step)); then
      shown=$SECONDS
      progress "$((SECONDS - start)) s, $(wc -l <"$2") steps: $(tail -n 1 "$2")"
    fi
  done
  ((step > 1)) || printf '\r\e[K' >&2
  trap - EXIT
  wait "$1"
}

progress() {
  if [[ -t 2 ]]; then printf '\r\e[K  %.*s' "$((${COLUMNS:-80} - 3))" "$1" >&2; else say "  $1"; fi
}

link_tools() {
  local family binary name version names=()
  for family in "${families[@]}"; do names+=("$(basename "$(family_dir "$family")")"); done
  name=$(sha256sum <<<"${names[*]}")
  use_tools "$cache/all-${name:0:12}"
  [[ ! -d $bin ]] || return 0

  local work=$bin.$$ dir
  mkdir -p "$work"
  for name in "${names[@]}"; do
    for binary in "$cache/$name"/*; do ln -s "../$name/${binary##*/}" "$work"; done
  done
  mv "$work/server" "$work/etcd"
  # The layout in which kube-api-test, the test library, looks for its binaries.
  version=$(version_of kubernetes k8s.io/kubernetes)
  dir=$work/kube-api-test/k8s/${version#v}-linux-$(architecture)
  mkdir -p "$dir"
  for name in kube-apiserver kubectl etcd; do ln -s "../../../$name" "$dir"; done
  mv -T "$work" "$bin" 2>/dev/null || rm -rf "$work"
}

use_tools() { # DIRECTORY
  bin=$1
  PATH=$bin:$PATH
}
