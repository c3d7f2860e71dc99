# shellcheck shell=bash
# What every part needs: names of things, messages, waiting.

readonly tag=socketcapacity-e2e            # names control groups and files outside the state directory
readonly state=/var/lib/$tag
readonly logs=$state/logs
readonly lock=/run/$tag.lock
readonly kubeconfig=$state/admin.kubeconfig

say() { printf '%s\n' "$*" >&2; }

die() {
  printf 'cluster: %s\n' "$*" >&2
  exit 1
}

misuse() {
  printf "cluster: %s\nTry 'e2e/cluster help'.\n" "$*" >&2
  exit 2
}

need_root() { ((EUID == 0)) || die "needs root"; }

# wait_until SECONDS COMMAND...
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.2
  done
}

# Go's name of this machine's architecture.
architecture() {
  case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
  esac
}

# One command at a time changes the cluster. The file goes with `down`, so whoever waited must see that it still has the name.
lock() { # COMMAND
  until [[ /dev/fd/9 -ef $lock ]]; do
    exec 9>>"$lock"
    # What a killed command leaves running for a moment may hold it still.
    flock -w 5 9 || die "another command is at work: $(<"$lock")"
  done
  echo "e2e/cluster $1, process $$" >"$lock"
}
