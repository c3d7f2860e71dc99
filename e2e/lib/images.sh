# shellcheck shell=bash
# Images without a registry: a docker-archive tar is a configuration, a layer and a manifest.

readonly pause_image=localhost/pause:e2e
readonly busybox_image=localhost/busybox:e2e

make_images() {
  [[ ! -d $state/images ]] || return 0
  local -r work=$state/images.new
  rm -rf "$work"
  mkdir -p "$work" "$work"/{pause,busybox/bin,busybox/etc,busybox/tmp}
  cp "$(command -v catatonit)" "$work/pause/pause"
  make_image "$work/pause" "$pause_image" '"/pause", "-P"'
  local applet
  for applet in $(busybox --list); do ln -sf busybox "$work/busybox/bin/$applet"; done
  cp --remove-destination "$(command -v busybox)" "$work/busybox/bin"
  echo 'root:x:0:0:root:/:/bin/sh' >"$work/busybox/etc/passwd"
  chmod 1777 "$work/busybox/tmp"
  make_image "$work/busybox" "$busybox_image" '"/bin/sh"'
  mv -T "$work" "$state/images"
}

make_image() { # ROOT NAME COMMAND
  local -r work=$1.image
  mkdir "$work"
  tar -C "$1" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$work/layer.tar" .
  local layer
  layer=$(sha256sum <"$work/layer.tar")
  cat >"$work/config.json" <<EOF
{"architecture": "$(architecture)", "os": "linux", "config": {"Cmd": [$3], "Env": ["PATH=/bin"]},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:${layer%% *}"]}}
EOF
  echo "[{\"Config\": \"config.json\", \"RepoTags\": [\"$2\"], \"Layers\": [\"layer.tar\"]}]" >"$work/manifest.json"
  tar -C "$work" -cf "$1.tar" manifest.json config.json layer.tar
  rm -r "$1" "$work"
}

load_image() { # TAR
  local manifest name names=() config contents node pids=() pid
  manifest=$(tar -xOf "$1" manifest.json 2>/dev/null) || die "$1 is no image tar (docker-archive): it holds no manifest.json"
  mapfile -t names < <(strings_of RepoTags <<<"$manifest")
  ((${#names[@]})) || die "the image in $1 has no name"
  mapfile -t config < <(strings_of Config <<<"$manifest")
  contents=$({ echo "$manifest" && tar -xOf "$1" "${config[@]}"; } | sha256sum)
  for node in $(nodes); do
    running "$node" || { say "$node is stopped: not loaded there" && continue; }
    load_into "$node" "$1" "$contents" "${names[@]}" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || die "loading $1 failed"; done
  printf '%s\n' "${names[@]}"
}

# An archive is known by its manifest and configuration, which name all else by digest.
load_into() { # NODE TAR CONTENTS NAME...
  local -r node=$1 tar=$2 contents=$3
  shift 3
  local name present log known=yes
  present=$(in_node "$node" ctr -n k8s.io images ls -q 2>/dev/null)
  mkdir -p "$(dir_of "$node")/loaded"
  for name; do
    grep -qE "(^|/)$name\$" <<<"$present" && [[ $(cat "$(loaded "$node" "$name")" 2>/dev/null) == "$contents" ]] || known=no
  done
  [[ $known == no ]] || return 0
  log=$(in_node "$node" ctr -n k8s.io images import - <"$tar" 2>&1) || { say "$node: $log" && return 1; }
  for name; do echo "$contents" >"$(loaded "$node" "$name")"; done
}

loaded() { echo "$(dir_of "$1")/loaded/${2//\//_}"; }

# The strings that a key of the manifest holds, whether one or a list.
strings_of() { # KEY
  tr -d '\n' | grep -oE "\"$1\" *: *(\[[^]]*\]|\"[^\"]*\")" | sed 's/^[^:]*://' | grep -oE '"[^"]+"' | tr -d '"'
}
