# shellcheck shell=bash
# Each component runs in a control group of its own: the group is the record of what the cluster started,
# so nothing else is ever signalled, and nothing that a component leaves behind escapes.

groups=$(findmnt -nt cgroup2 -o TARGET | head -n 1)/$tag
readonly groups

# Starts a component of the control plane unless it runs.
start() { # NAME ARGUMENT...
  running "$1" || spawn "$1" "$@"
}

# The session is the component's own, or Ctrl-C on `up` would end what it has started.
spawn() { # GROUP COMMAND...
  local -r group=$groups/$1
  local log
  log=$(log_of "$1")
  shift
  mkdir -p "$group"
  (
    echo 0 >"$group/cgroup.procs"
    exec setsid "$@" 9>&-
  ) </dev/null >>"$log" 2>&1 &
}

running() { grep -qs 'populated 1' "$groups/$1/cgroup.events"; }

processes() { cat "$groups/$1/cgroup.procs" 2>/dev/null || true; }

stopped() { ! running "$1"; }

# Ends all processes of a group and of those below it.
kill_group() { # GROUP
  [[ -d $groups/$1 ]] || return 0
  echo 1 >"$groups/$1/cgroup.kill"
  wait_until 30 stopped "$1" || die "processes of $1 do not end: $(processes "$1" | xargs)"
}

# Removes the control groups of that name in every hierarchy.
remove_groups() { # NAME
  local hierarchy
  for hierarchy in $(findmnt -nt cgroup,cgroup2 -o TARGET); do
    wait_until 10 remove_tree "$hierarchy/$1" || die "cannot remove the control group $hierarchy/$1"
  done
}

remove_tree() {
  [[ ! -d $1 ]] || find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
}

# The process of a group that runs this program; empty when there is none.
pid_of() { # GROUP PROGRAM
  local pid
  for pid in $(processes "$1"); do
    [[ $(cat "/proc/$pid/comm" 2>/dev/null) != "${2:0:15}" ]] || { echo "$pid" && return; }
  done
}

wait_healthy() { # COMPONENT SECONDS
  local deadline=$((SECONDS + $2))
  until healthy "$1"; do
    running "$1" || failed "$1" "ended"
    ((SECONDS < deadline)) || failed "$1" "is not healthy after $2 s"
    sleep 0.2
  done
}

# A node's logs are in its own /var/log.
log_of() { # COMPONENT, or NODE/COMPONENT
  case $1 in
    */*) echo "$state/${1%/*}/var/log/${1#*/}.log" ;;
    *) echo "$logs/$1.log" ;;
  esac
}

failed() { # COMPONENT [WHAT]
  local log
  log=$(log_of "$1")
  say "--- the last lines of $log:"
  tail -n 15 "$log" >&2 || true
  die "$1 ${2:-failed}; its log is $log"
}
