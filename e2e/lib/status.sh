# shellcheck shell=bash
# What is up and what is not.

show_status() { # [--output json]
  local output=table
  case $* in
    "") ;;
    "--output json" | --output=json | "-o json") output=json ;;
    "--output table" | --output=table) ;;
    *) misuse "status takes --output json or --output table, not '$*'" ;;
  esac
  need_root
  local components='' nodes=''
  if [[ -e $state/bin ]]; then
    use_tools "$(readlink "$state/bin")"
    components=$(component_rows)
    nodes=$(node_rows)
  fi
  local up=true
  [[ -n $nodes ]] && ! grep -q ' no$' <<<"$components"$'\n'"$nodes" || up=false
  "print_$output"
  [[ $up == true ]]
}

component_rows() { # NAME PID HEALTHY
  local component node
  for component in "${control_plane[@]}"; do row "$component" "$component" "$component"; done
  for node in $(nodes); do
    for component in "${node_components[@]}"; do row "$node/$component" "$node/$component" "$component"; done
  done
}

row() { # COMPONENT GROUP PROGRAM
  local pid answer=no
  pid=$(pid_of "$2" "$3")
  [[ -z $pid ]] || ! healthy "$1" || answer=yes
  echo "$1 ${pid:--} $answer"
}

node_rows() { # NAME ADDRESS PID READY
  local node answer
  for node in $(nodes); do
    answer=no
    ! running "$node" || ! ready "$node" || answer=yes
    echo "$node $(address "$node") $(pid1_of "$node" || echo -) $answer"
  done
}

print_table() {
  [[ -n $nodes ]] || { echo "The cluster is down." && return; }
  awk 'BEGIN { printf "%-26s %-8s %s\n", "COMPONENT", "PID", "HEALTHY" } { printf "%-26s %-8s %s\n", $1, $2, $3 }' <<<"$components"
  echo
  awk 'BEGIN { printf "%-10s %-15s %-8s %s\n", "NODE", "ADDRESS", "PID", "READY" } { printf "%-10s %-15s %-8s %s\n", $1, $2, $3, $4 }' <<<"$nodes"
}

print_json() {
  printf '{"up":%s,"components":[%s],"nodes":[%s]}\n' "$up" \
    "$(objects '"name":"%s","pid":%s,"healthy":%s' "$components")" \
    "$(objects '"name":"%s","address":"%s","pid":%s,"ready":%s' "$nodes")"
}

objects() { # FORMAT ROWS
  local rows=$2
  [[ -n $rows ]] || return 0
  sed -E 's/ - / null /; s/ yes$/ true/; s/ no$/ false/' <<<"$rows" |
    awk -v format="{$1}" '{ printf (NR > 1 ? "," : "") format, $1, $2, $3, $4 }'
}
