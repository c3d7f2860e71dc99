# shellcheck shell=bash
# The machine as it was: `up` records it before anything starts, `down` brings it back.

readonly record=$state/machine-before

install_packages() {
  need_commands ip=iproute2 nft=nftables catatonit=catatonit busybox=busybox-static unshare=util-linux mount=mount
  # What the command line's tests need: programs that run into limits, and the other shell that it completes in.
  need_commands cc=gcc zsh=zsh
  [[ -e /usr/include/stdio.h ]] || add_packages libc6-dev
  # A busybox that needs libraries is of no use in an image.
  ! ldd "$(command -v busybox)" &>/dev/null || add_packages busybox-static
}

need_commands() { # COMMAND=PACKAGE...
  local pair missing=()
  for pair; do command -v "${pair%=*}" >/dev/null || missing+=("${pair#*=}"); done
  ((${#missing[@]} == 0)) || add_packages "${missing[@]}"
}

add_packages() { # PACKAGE...
  command -v apt-get >/dev/null || die "needs what Debian calls $*: please install"
  say "Installing $*"
  local -r apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
  local output
  output=$("${apt[@]}" update 2>&1 && "${apt[@]}" install --no-install-recommends "$@" 2>&1) || die "apt-get could not install $*: $output"
}

# Everything that `down` promises to bring back, as text that two moments can be compared by.
machine_snapshot() {
  echo "boot $(</proc/sys/kernel/random/boot_id)"
  kernel_values
  # Indexes, and expiry times of IPv6 routes, differ without meaning anything.
  ip -o link | sed -E 's/^[0-9]+: /link /; s/@if[0-9]+//'
  ip route show table all | sed -E 's/^/route /; s/ expires [0-9]+sec//' | sort
  ! command -v nft >/dev/null || nft --stateless list ruleset
  sed 's/^/mount /' /proc/self/mounts | sort
  [[ ! -d /run/netns ]] || find /run/netns | sort
  # Deeper ones come and go with services and sessions.
  findmnt -nt cgroup,cgroup2 -o TARGET | xargs -I{} find {} -maxdepth 1 -type d | sort
}

# PATH:VALUE of every kernel setting that can be read and written, less those that change by themselves or trigger something.
kernel_values() { # [BELOW]
  find "/proc/sys/${1:-}" -type f -perm -u=rw \
    ! -path '/proc/sys/kernel/random/*' ! -path '/proc/sys/fs/binfmt_misc/*' \
    ! -name ns_last_pid ! -name tainted ! -name perf_event_max_sample_rate ! -name hung_task_warnings \
    ! -name drop_caches ! -name stat_refresh \
    -exec grep -sH '' {} + | sort || true
}

record_machine() {
  # After a reboot of the machine the old record is of no use: the kernel has forgotten what was changed.
  [[ ! -e $record ]] || recorded_this_boot || rm "$record"
  [[ -e $record ]] || { machine_snapshot >"$record.new" && mv "$record.new" "$record"; }
}

recorded_this_boot() { [[ -e $record && $(head -n 1 "$record") == "boot $(</proc/sys/kernel/random/boot_id)" ]]; }

changed_values() { comm -23 <(grep "^/proc/sys/${1:-}" "$record") <(kernel_values "${1:-}") 2>/dev/null; }

# Some values bound others and some writes reset others: several passes need no knowledge of which.
restore_values() { # [BELOW]
  local pass line file value left
  recorded_this_boot || return 0
  for pass in 1 2 3 4 5; do
    left=()
    while IFS= read -r line; do
      file=${line%%:*} value=${line#*:}
      [[ -e $file && $(<"$file") != "$value" ]] || continue
      ((pass > 1)) || say "Restoring ${file#/proc/sys/}: $(<"$file") to $value"
      left+=("$file")
      printf '%s\n' "$value" 2>/dev/null >"$file" || true
    done < <(changed_values "${1:-}")
    ((${#left[@]})) || return 0
  done
  say "Could not restore ${left[*]}"
  return 1
}

# What differs after a while comes from others, or is a defect worth seeing.
compare_machine() {
  recorded_this_boot || return 0
  wait_until 10 machine_is_as_recorded ||
    say "The machine differs from how it was (< before, > now):" "$(diff "$record" <(machine_snapshot) | grep '^[<>]')"
}

machine_is_as_recorded() { cmp -s "$record" <(machine_snapshot); }
