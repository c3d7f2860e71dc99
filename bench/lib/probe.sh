# What the benchmarks of the probe share: sockcap and the floor in C, in a network namespace of the benchmark's own.
#
# shellcheck shell=bash disable=SC2154 # $here and $work are set by who sources this

readonly sockcap=$here/../operator/target/sockcap/bin/sockcap
[[ -x $sockcap ]] || die "there is no ${sockcap##*../}: ./mvnw package -DskipTests makes it"

ours() { command=("$sockcap" probe --connections "$1" --hold "$2" --output json); }
floor() { command=("$work/probe" "$1" "$2"); }
pair() { command=("$work/pair" "$1" "$2"); }

# Waits until the machine is at least 85 % idle for half a second, but no longer than 15 s.
quiet() {
  local -r end=$((SECONDS + 15))
  local before after busy=100
  while ((busy > 15 && SECONDS < end)); do
    read -r _ _ _ _ before _ </proc/stat
    sleep 0.5
    read -r _ _ _ _ after _ </proc/stat
    busy=$((100 - (after - before) * 200 / $(getconf CLK_TCK) / $(nproc)))
  done
}

# Starts a command that opens connections, and waits until it holds them: sets pid, and microseconds from exec and from
# the first connections.
start_and_hold() { # ours|pair|floor CONNECTIONS SECONDS
  "$1" "$2" "$3"
  "$work/held" $((2 * $2)) "$work/output" "${command[@]}" >"$work/answer" 2>"$work/errors" ||
    die "$1 $2: $(cat "$work/errors") $(grep -hE '"evidence"|^sockcap' "$work/output")"
  # shellcheck disable=SC2034 # for the benchmarks
  read -r from_exec from_first pid <"$work/answer"
  started+=("$pid")
}

# What a run has left behind: TCP sockets that are open or in TIME_WAIT, and processes of its session.
left() { # PID
  awk '/^TCP/ {for (i = 2; i < NF; i += 2) sum[$i] += $(i + 1)} END {printf "%d sockets, %d TIME_WAIT", sum["inuse"], sum["tw"]}' \
    /proc/net/sockstat /proc/net/sockstat6
  echo ", $(ps -o pid= -s "$1" | wc -l) processes"
}

# Waits for the end of a process, which is after that of its threads.
until_ended() { # PID
  while [[ -e /proc/$1 ]]; do sleep 0.05; done
}

readonly nothing='0 sockets, 0 TIME_WAIT, 0 processes'

# Waits until nothing is left of a run, at most two minutes, and prints how many milliseconds that took.
until_over() { # PID
  local -r begin=${EPOCHREALTIME/./} end=$((SECONDS + 120))
  while [[ $(left "$1") != "$nothing" ]]; do
    ((SECONDS < end)) || die "still there: $(left "$1")"
    sleep 0.1
  done
  echo $(((${EPOCHREALTIME/./} - begin) / 1000))
}

# Memory of a run's processes together, in kB: RSS, which counts what they share for each, and PSS.
memory() { # PID
  ps -o pid= -s "$1" | sed 's#^ *#/proc/#; s#$#/smaps_rollup#' | xargs cat |
    awk '$1 == "Rss:" {rss += $2} $1 == "Pss:" {pss += $2} END {print rss, pss}'
}

# Memory of the kernel's own objects, in kB.
slab() { awk '$1 == "Slab:" {print $2}' /proc/meminfo; }

# The median of figures, the smallest and the largest.
spread() { sort -g | awk -v "format=$1" '{a[NR] = $1} END {printf format " (" format " to " format ")", a[int((NR + 1) / 2)], a[1], a[NR]}'; }

# The ratios of two files of figures, line by line.
ratios() { paste -d/ "$work/$1" "$work/$2" | awk -F/ '{print $1 / $2}'; }
