# shellcheck shell=bash
# etcd, API server, controller manager and scheduler: plain processes in the machine's own namespaces.

readonly pki=$state/pki
readonly cluster_config=$state/kubeadm.yaml
readonly control_plane=(etcd kube-apiserver kube-controller-manager kube-scheduler)

make_certificates() {
  [[ ! -e $kubeconfig ]] || return 0
  say "Making certificates"
  cat >"$cluster_config" <<EOF
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: $gateway}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: $tag
kubernetesVersion: $(version_of kubernetes k8s.io/kubernetes)
certificatesDir: $pki
encryptionAlgorithm: ECDSA-P256
networking: {serviceSubnet: $services}
EOF
  kubeadm init phase certs all --config "$cluster_config" &>"$logs/kubeadm.log" || failed kubeadm
  make_kubeconfig "$state/controller-manager.kubeconfig" system:kube-controller-manager
  make_kubeconfig "$state/scheduler.kubeconfig" system:kube-scheduler
  make_kubeconfig "$kubeconfig" admin system:masters
}

make_kubeconfig() { # FILE USER [GROUP]
  [[ ! -e $1 ]] || return 0
  kubeadm kubeconfig user --config "$cluster_config" --client-name "$2" ${3:+--org "$3"} >"$1.new" 2>>"$logs/kubeadm.log" || failed kubeadm
  mv "$1.new" "$1"
}

start_control_plane() {
  say "Starting the control plane"
  start etcd --data-dir="$state/etcd" --unsafe-no-fsync --log-level=warn \
    --listen-client-urls="https://$gateway:2379" --advertise-client-urls="https://$gateway:2379" \
    --listen-peer-urls="https://$gateway:2380" \
    --initial-advertise-peer-urls="https://$gateway:2380" --initial-cluster="default=https://$gateway:2380" \
    --listen-metrics-urls="http://$gateway:2381" \
    --client-cert-auth --trusted-ca-file="$pki/etcd/ca.crt" --cert-file="$pki/etcd/server.crt" --key-file="$pki/etcd/server.key" \
    --peer-client-cert-auth --peer-trusted-ca-file="$pki/etcd/ca.crt" --peer-cert-file="$pki/etcd/peer.crt" --peer-key-file="$pki/etcd/peer.key"
  start kube-apiserver --bind-address="$gateway" --advertise-address="$gateway" --secure-port=6443 --cert-dir="$state" \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --etcd-servers="https://$gateway:2379" --etcd-cafile="$pki/etcd/ca.crt" \
    --etcd-certfile="$pki/apiserver-etcd-client.crt" --etcd-keyfile="$pki/apiserver-etcd-client.key" \
    --kubelet-client-certificate="$pki/apiserver-kubelet-client.crt" --kubelet-client-key="$pki/apiserver-kubelet-client.key" \
    --kubelet-preferred-address-types=InternalIP \
    --proxy-client-cert-file="$pki/front-proxy-client.crt" --proxy-client-key-file="$pki/front-proxy-client.key" \
    --requestheader-client-ca-file="$pki/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
    --requestheader-extra-headers-prefix=X-Remote-Extra- --requestheader-group-headers=X-Remote-Group --requestheader-username-headers=X-Remote-User \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" \
    --service-cluster-ip-range="$services" --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged
  wait_healthy kube-apiserver 60
  start kube-controller-manager --bind-address="$gateway" --cert-dir="$state" --leader-elect=false \
    --{,authentication-,authorization-}kubeconfig="$state/controller-manager.kubeconfig" \
    --cluster-signing-cert-file="$pki/ca.crt" --cluster-signing-key-file="$pki/ca.key" --root-ca-file="$pki/ca.crt" \
    --service-account-private-key-file="$pki/sa.key" --use-service-account-credentials
  start kube-scheduler --bind-address="$gateway" --cert-dir="$state" --leader-elect=false \
    --{,authentication-,authorization-}kubeconfig="$state/scheduler.kubeconfig"
  # `kubectl logs` and `exec` reach the kubelet as this user.
  kubectl create clusterrolebinding kubelet-api-admin --clusterrole=system:kubelet-api-admin --user=kube-apiserver-kubelet-client \
    --dry-run=client -o yaml | kubectl apply -f - >/dev/null
  wait_healthy kube-controller-manager 30
  wait_healthy kube-scheduler 30
}

healthy() { # COMPONENT, or NODE/COMPONENT
  local -r node=${1%/*}
  case $1 in
    etcd) get_from "http://$gateway:2381" /readyz ;;
    kube-apiserver) get_from "https://$gateway:6443" /readyz ;;
    kube-controller-manager) get_from "https://$gateway:10257" /healthz ;;
    kube-scheduler) get_from "https://$gateway:10259" /readyz ;;
    */containerd) in_node "$node" ctr version &>/dev/null ;;
    */kubelet) get_from "https://$(address "$node"):10250" /healthz ;;
    */kube-proxy) get_from "http://$(address "$node"):10256" /healthz ;;
  esac
}

get_from() { # SERVER PATH
  kubectl get --raw "$2" --server "$1" --insecure-skip-tls-verify --request-timeout=5s &>/dev/null
}

kubectl() { command kubectl --kubeconfig "$kubeconfig" "$@"; }
