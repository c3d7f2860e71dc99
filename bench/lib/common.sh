# What the benchmarks of the agent share: the settings that they raise and put back, the agent as its image runs it,
# and Debian's tuned. All mounts are in a namespace of the benchmark's own.
#
# shellcheck shell=bash disable=SC2154 # $here is set by who sources this

namespaces=()

die() { echo "${0##*/}: $*" >&2 && exit 3; }

# Goes on in a mount namespace of its own, and in those named in the array `namespaces`, as root.
in_own_mounts() {
  [[ $EUID = 0 ]] || die "needs root"
  [[ ${OWN_MOUNTS:-} ]] || OWN_MOUNTS=1 exec unshare --mount --propagation private "${namespaces[@]}" -- "$0" "$@"
  work=$(mktemp -d)
  started=()
  trap leave EXIT
}

# Ends what was started, puts back every value, and removes the files: on every way out.
leave() {
  local index
  for ((index = ${#started[@]} - 1; index >= 0; index--)); do stop "${started[index]}"; done
  put_back
  [[ ! -e $work/image/proc/self ]] || umount -Rl "$work"/image/{host/proc,proc,sys,dev}
  rm -rf --one-file-system "$work"
}

# Waits until a command succeeds, at most a minute.
until_true() { # WHAT COMMAND...
  local -r end=$((SECONDS + 60))
  until "${@:2}" >/dev/null 2>&1; do
    ((SECONDS < end)) || die "in vain: $1"
    sleep 0.1
  done
}

# Ends a process of ours and waits until it is gone; one that needs more than 10 s is killed.
stop() {
  local -r end=$((SECONDS + 10))
  kill "$1" 2>/dev/null || true
  while [[ -e /proc/$1 && $(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null) != Z ]]; do
    ((SECONDS < end)) || kill -9 "$1" 2>/dev/null || true
    sleep 0.05
  done
}

# Twelve settings that a wish can name, and how far they are raised above what they are.
settings=(
  fs.file-max fs.nr_open fs.epoll.max_user_watches net.ipv4.ip_local_port_range net.netfilter.nf_conntrack_max
  net.core.somaxconn net.ipv4.tcp_max_syn_backlog vm.max_map_count kernel.pid_max kernel.threads-max
  net.ipv4.neigh.default.gc_thresh3 net.ipv6.neigh.default.gc_thresh3
)

file_of() { echo "/proc/sys/${1//.//}"; }

# Remembers the values and chooses higher ones: $work/originals and $work/wanted, a file and its value a line.
choose_values() {
  local setting value first last
  for setting in "${settings[@]}"; do
    value=$(tr '\t' ' ' <"$(file_of "$setting")") || die "this kernel has no $setting"
    echo "$(file_of "$setting") $value" >>"$work/originals"
    if [[ $value = *' '* ]]; then
      read -r first last <<<"$value"
      echo "$(file_of "$setting") $((first - 16)) $last" >>"$work/wanted"
    else
      echo "$(file_of "$setting") $((value + value / 8))" >>"$work/wanted"
    fi
  done
}

# Writes the values of a file of them.
write_values() {
  local file value
  while read -r file value; do echo "$value" >"$file"; done <"$1"
}

put_back() { [[ ! -e $work/originals ]] || write_values "$work/originals"; }

# A program in C from lib.
build() { cc -O2 -Wall -o "$work/$1" "$here/lib/$1.c"; }

# Unpacks the agent's image into $work/image, with the machine's procfs where the chart mounts it.
unpack_image() {
  local -r tar=$here/../operator/target/socket-capacity-image.tar image=$work/image
  local layer
  [[ -e $tar ]] || die "there is no ${tar##*../}: ./mvnw package -DskipTests makes it"
  mkdir -p "$image"
  for layer in $(tar -xOf "$tar" manifest.json | grep -oE '[0-9a-f]{64}\.tar\.gz'); do
    tar -xOf "$tar" "$layer" | tar -xzf - --warning=no-unknown-keyword -C "$image"
  done
  mkdir -p "$image/host/proc" "$image"/{proc,sys,dev} "$image/var/lib/socketcapacity"
  mount --bind /proc "$image/host/proc"
  # This process stands for the machine's first, whose namespaces not every root may see.
  mount --bind "/proc/$$" "$image/host/proc/1"
  for layer in proc sys dev; do mount --bind "/$layer" "$image/$layer"; done
}

# The command of the image's Java as the chart gives it to the agent, for the array `java`. JAVA_OPTIONS are added.
java_command() { # NAME=VALUE...
  local extra
  read -ra extra <<<"${JAVA_OPTIONS:-}"
  java=(
    env -i PATH=/opt/java/bin LANG=C.UTF-8 MALLOC_ARENA_MAX=1 "$@"
    /usr/sbin/chroot "$work/image" java "-Xmx$(heap)" "${extra[@]}"
  )
}

# The command of the agent as the chart gives it to the image, for the array `agent`. Where none has been started, no
# API server answers.
agent_command() { # OPTION...
  java_command "KUBERNETES_MASTER=${api_server:-https://127.0.0.1:1}" KUBERNETES_AUTH_TOKEN=bench \
    KUBERNETES_TRUST_CERTIFICATES=true
  # shellcheck disable=SC2034 # for the benchmarks
  agent=(
    "${java[@]}" -cp @/app/jib-classpath-file @/app/jib-main-class-file agent --node=bench --pod-ip=127.0.0.1
    --port=18081 "$@"
  )
}

# The agent's heap as the chart sets it.
heap() { sed -n '/^agent:/,$s/^  heap: //p' "$here/../helm/socket-capacity/values.yaml"; }

# The values as the spec of a node's object, in JSON.
wish() {
  local file value name list=''
  while read -r file value; do
    name=${file#/proc/sys/} name=${name//\//.}
    if [[ $value = *' '* ]]; then
      list+=",{\"name\":\"$name\",\"range\":{\"first\":${value% *},\"last\":${value#* }}}"
    else
      list+=",{\"name\":\"$name\",\"value\":$value}"
    fi
  done <"$work/wanted"
  echo "{\"nodeUID\":\"bench\",\"action\":\"Enact\",\"targetHash\":\"bench\",\"wishCount\":1,
    \"target\":{\"settings\":[${list#,}]}}"
}

# The last wish on the agent's disk, and nothing found yet.
write_wish() { echo "{\"generation\":1,\"wish\":$(wish)}" >"$work/image/var/lib/socketcapacity/state.json"; }

# A real API server with its etcd, on loopback, without controllers and nodes.
start_api_server() {
  local tools
  tools=$("$here/../e2e/cluster" tools)
  api_server=https://127.0.0.1:16443
  kubectl=("$tools/kubectl" --kubeconfig /dev/null --server "$api_server" --token bench --insecure-skip-tls-verify)
  echo 'bench,bench,bench,system:masters' >"$work/tokens"
  openssl genrsa -out "$work/key" 2048 2>/dev/null
  "$tools/etcd" --data-dir "$work/etcd" --listen-client-urls http://127.0.0.1:12379 --listen-peer-urls \
    http://127.0.0.1:12380 --advertise-client-urls http://127.0.0.1:12379 >"$work/etcd.log" 2>&1 &
  started+=($!)
  "$tools/kube-apiserver" --etcd-servers http://127.0.0.1:12379 --bind-address 127.0.0.1 --secure-port 16443 \
    --cert-dir "$work/certificates" --token-auth-file "$work/tokens" --service-cluster-ip-range 10.0.0.0/24 \
    --service-account-issuer https://bench --service-account-key-file "$work/key" \
    --service-account-signing-key-file "$work/key" >"$work/api-server.log" 2>&1 &
  started+=($!)
  until_true 'the API server answers' "${kubectl[@]}" get --raw /readyz
}

# The two kinds, and the node's object with the values.
apply_wish() {
  "${kubectl[@]}" apply -f "$here/../crds" >/dev/null
  "${kubectl[@]}" wait --for=condition=Established --timeout=30s -f "$here/../crds" >/dev/null
  echo "{\"apiVersion\":\"socketcapacity.dev/v1beta1\",\"kind\":\"NodeSocketCapacity\",\"metadata\":{\"name\":\"bench\"},
    \"spec\":$(wish)}" | "${kubectl[@]}" apply -f - >/dev/null
}

# Whether the agent has reported that its wish holds.
reported() {
  [[ $("${kubectl[@]}" get nodesocketcapacity bench \
    -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') = True ]]
}

# What share of one core nanoseconds are of seconds, in percent.
percent() { awk -v ns="$1" -v seconds="$2" 'BEGIN {printf "%.4f", ns / seconds / 1e7}'; }

# Debian's tuned with a profile of the same values, its own files and no others; nothing of it starts by itself.
prepare_tuned() {
  local file value
  [[ -x /usr/sbin/tuned ]] || DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends tuned \
    >"$work/apt.log" 2>&1 || die "tuned can't be installed: $(tail -1 "$work/apt.log")"
  mkdir -p "$work/tuned/bench"
  mount --bind "$work/tuned" /etc/tuned
  printf 'daemon = 1\ndynamic_tuning = 1\nreapply_sysctl = 0\n' >"$work/tuned/tuned-main.conf"
  echo '[sysctl]' >"$work/tuned/bench/tuned.conf"
  while read -r file value; do
    file=${file#/proc/sys/}
    echo "${file//\//.} = $value" >>"$work/tuned/bench/tuned.conf"
  done <"$work/wanted"
  # shellcheck disable=SC2034 # for the benchmarks
  tuned=(/usr/sbin/tuned --no-dbus -P "$work/tuned.pid" -l "$work/tuned.log" -p bench)
}

median() { sort -n | awk '{a[NR] = $1} END {print a[int((NR + 1) / 2)]}'; }

# The ratio of the medians of two files of figures.
ratio() { # OURS THEIRS
  awk -v ours="$(median <"$work/$1")" -v theirs="$(median <"$work/$2")" 'BEGIN {printf "ratio  %.2f\n", ours / theirs}'
}
