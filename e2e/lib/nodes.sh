# shellcheck shell=bash
# A node is a tree of processes in pid, mount and host name namespaces of its own: pid 1 is node-init.
# The first node keeps the machine's network namespace, the only one in which nf_conntrack_max can be written;
# each other one has its own, joined by a bridge.

readonly network=172.30.0
readonly gateway=$network.1               # also the first node's address and the control plane's
readonly pods=10.250
readonly services=10.251.0.0/16
readonly bridge=sce2e
readonly pod_bridge=sce2e-pods
readonly node_components=(containerd kubelet kube-proxy)

nodes() { local n; for n in $(seq "$(<"$state/nodes")"); do echo "node-$n"; done; }
number() { echo "${1#node-}"; }
address() { echo "$network.$(number "$1")"; }
# Fixed, or neighbours would keep talking to the old one after a restart.
mac() { echo "02:00:ac:1e:00:0$(number "$1")"; }
link_of() { echo "$bridge-$(number "$1")"; }
dir_of() { echo "$state/$1"; }

# Not below /run/netns: `ip netns add`, by whomever, mounts that directory over itself and buries what is mounted in it.
netns_of() { [[ $1 == node-1 ]] && echo /proc/self/ns/net || echo "$state/$1/netns"; }
in_netns() { local node=$1; shift; nsenter --net="$(netns_of "$node")" "$@"; }

connect_machine() {
  [[ -e /sys/class/net/$bridge ]] || ip link add "$bridge" address "$(mac node-1)" type bridge
  ip addr replace "$gateway/24" dev "$bridge"
  ip link set "$bridge" up
  add_routes node-1
}

add_routes() { # NODE
  local other
  for other in $(nodes); do
    [[ $other == "$1" ]] || in_netns "$1" ip route replace "$pods.$(number "$other").0/24" via "$(address "$other")"
  done
}

start_node() { # NODE
  ! running "$1" || return 0
  say "Starting $1"
  stop_node "$1"
  configure_node "$1"
  boot_network "$1"
  make_node_groups "$1"
  cat /proc/sys/kernel/random/uuid >"$(dir_of "$1")/boot_id"
  spawn "$1/init" nsenter --net="$(netns_of "$1")" unshare --pid --fork --kill-child --mount --mount-proc --uts \
    "$here/lib/node-init" "$1" "$(dir_of "$1")" "$groups/$1" "$bin"
}

# What a power cut leaves: the files. net.* and pid_max go with the namespaces; a machine boots with new ones.
stop_node() { # NODE
  kill_group "$1"
  remove_groups "$tag/$1"
  if [[ $1 == node-1 ]]; then
    disconnect_pods
    restore_values net
  else
    remove_network "$1"
  fi
}

boot_network() { # NODE
  [[ $1 != node-1 ]] || { connect_machine && return; }
  local link netns
  link=$(link_of "$1") netns=$(netns_of "$1")
  touch "$netns"
  unshare --net="$netns" true
  ip link add "$link" type veth peer name eth0 address "$(mac "$1")" netns "$netns"
  ip link set "$link" master "$bridge" up
  in_netns "$1" ip link set lo up
  in_netns "$1" ip addr add "$(address "$1")/24" dev eth0
  in_netns "$1" ip link set eth0 up
  in_netns "$1" ip route add default via "$gateway"
  add_routes "$1"
}

remove_network() { # NODE
  local netns
  netns=$(netns_of "$1")
  ip link del "$(link_of "$1")" 2>/dev/null || true
  [[ -e $netns ]] || return 0
  umount "$netns" 2>/dev/null || true
  rm -f "$netns"
}

# Links and tables that the first node's components make in the machine's network namespace.
disconnect_pods() {
  local link kind name
  # Not left to the kernel, which removes a pod's link only some time after the pod's last process.
  for link in $(ip -brief link show master "$pod_bridge" 2>/dev/null | awk -F '[@ ]' '{ print $1 }'); do
    ip link del "$link" 2>/dev/null || true
  done
  ip link del "$pod_bridge" 2>/dev/null || true
  for name in kube-proxy cni_hostport; do
    for kind in ip ip6; do
      grep -qs "^table $kind $name " "$record" || nft delete table "$kind" "$name" 2>/dev/null || true
    done
  done
}

disconnect_machine() {
  local n
  for n in 2 3 4 5; do remove_network "node-$n"; done
  disconnect_pods
  ip link del "$bridge" 2>/dev/null || true
}

# The kubelet wants its root group in each hierarchy of cgroup v1; cpuset starts out with nothing allowed.
make_node_groups() { # NODE
  local hierarchy group
  for hierarchy in $(findmnt -nt cgroup -o TARGET) $(findmnt -nt cgroup2 -o TARGET); do
    for group in "$tag" "$tag/$1"; do
      mkdir -p "$hierarchy/$group"
      copy_from_parent "$hierarchy/$group" cpuset.cpus
      copy_from_parent "$hierarchy/$group" cpuset.mems
    done
  done
}

copy_from_parent() { # GROUP FILE
  [[ ! -e $1/../$2 || -n $(<"$1/$2") ]] || cat "$1/../$2" >"$1/$2"
}

configure_node() { # NODE
  local -r dir=$(dir_of "$1") ip=$(address "$1")
  local -r kubernetes=$dir/etc/kubernetes
  mkdir -p "$kubernetes" "$dir"/etc/{containerd,cni/net.d,sysctl.d} "$dir"/etc.work "$dir"/var/{log,tmp} "$dir"/var/lib/{images,socketcapacity}
  chmod 1777 "$dir/var/tmp"
  ln -f "$state"/images/*.tar "$dir/var/lib/images"
  cp "$pki/ca.crt" "$kubernetes"
  make_kubeconfig "$kubernetes/kubelet.kubeconfig" "system:node:$1" system:nodes
  make_kubeconfig "$kubernetes/kube-proxy.kubeconfig" system:kube-proxy
  echo "$ip" >"$kubernetes/address"

  cat >"$dir/etc/containerd/config.toml" <<EOF
version = 3
# It would make /opt/containerd on the machine.
disabled_plugins = ['io.containerd.internal.v1.opt']
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = '$pause_image'
[plugins.'io.containerd.cri.v1.runtime']
# Root may lack CAP_SYS_RESOURCE, which lowering oom_score_adj takes.
restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ['/run/cache/${bin##*/}']
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = 'io.containerd.runc.v2'
EOF

  cat >"$dir/etc/cni/net.d/10-pods.conflist" <<EOF
{
  "cniVersion": "1.0.0",
  "name": "pods",
  "plugins": [
    {
      "type": "bridge", "bridge": "$pod_bridge", "isGateway": true, "hairpinMode": true,
      "ipam": {
        "type": "host-local",
        "ranges": [[{"subnet": "$pods.$(number "$1").0/24"}]],
        "routes": [{"dst": "0.0.0.0/0"}]
      }
    },
    {"type": "portmap", "backend": "nftables", "capabilities": {"portMappings": true}}
  ]
}
EOF

  # KubeletInUserNamespace lets it live without CAP_SYS_RESOURCE. Nothing may be evicted because the machine's disk is full.
  cat >"$kubernetes/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $ip
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: /etc/kubernetes/ca.crt}}
authorization: {mode: Webhook}
cgroupDriver: cgroupfs
cgroupRoot: /$tag/$1
clusterDNS: [${services%.0/16}.10]
clusterDomain: cluster.local
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
evictionHard: {memory.available: 0%, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%, imagefs.inodesFree: 0%}
failCgroupV1: false
failSwapOn: false
featureGates: {KubeletInUserNamespace: true}
imageGCHighThresholdPercent: 100
makeIPTablesUtilChains: false
resolvConf: ""
volumePluginDir: /var/lib/kubelet/volume-plugins
EOF

  # Only the machine's own network namespace lets nf_conntrack_max be written.
  cat >"$kubernetes/kube-proxy.yaml" <<EOF
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: /etc/kubernetes/kube-proxy.kubeconfig}
clusterCIDR: $pods.0.0/16
$([[ $1 == node-1 ]] || echo "conntrack: {maxPerCore: 0}")
healthzBindAddress: $ip:10256
hostnameOverride: $1
metricsBindAddress: $ip:10249
mode: nftables
EOF
}

# Ready counts only when the kubelet has spoken since the node's last start and pods may be scheduled (no taint is left).
ready() { # NODE
  local -r query='{.status.nodeInfo.bootID} {.status.conditions[?(@.type=="Ready")].status} {.spec.taints}'
  [[ $(kubectl get node "$1" -o jsonpath="$query" 2>/dev/null) == "$(<"$(dir_of "$1")/boot_id") True " ]]
}

ready_or_ended() { ready "$1" || ! running "$1"; }

wait_ready() { # NODE
  wait_until 120 ready_or_ended "$1" || failed "$1/kubelet" "has not made the node Ready within 120 s"
  running "$1" || failed "$1/init" "ended"
  wait_until 60 services_work "$1" || failed "$1/kube-proxy" "does not carry Service addresses"
}

services_work() {
  in_netns "$1" timeout 1 bash -c ": </dev/tcp/${services%.0/16}.1/443" 2>/dev/null
}

# The node's pid 1, as the machine sees it.
pid1_of() { # NODE
  local pid
  for pid in $(processes "$1/init"); do
    awk '/^NSpid:/ { found = NF > 2 && $NF == 1 } END { exit !found }' "/proc/$pid/status" 2>/dev/null || continue
    echo "$pid" && return
  done
  return 1
}

in_node() { # NODE COMMAND...
  local pid
  pid=$(pid1_of "$1") || die "$1 is not running"
  shift
  nsenter --target "$pid" --pid --mount --uts --net env PATH="/run/cache/${bin##*/}:$PATH" "$@"
}
