/** Where a hold keeps its timer's script and deadline on a host; gone with a boot, as routes and rules are. */
export const heldFolder = '/run/netplay/held'

/**
 * Shell functions of holds. WHAT is `NAME 4|6 CIDR TABLE PRIORITY`. The routes are read when the text runs, never when the plan is made: what
 * is held is the data path as it was just before the first change.
 */
export const heldRoutesPrelude = `
np_held_routes() { ip -o "-$1" route show table main root "$2"; }
np_held_table() { ip -o "-$1" route show table "$2" 2>/dev/null || :; }
np_held_tunnel() { # DEVICE: one that leads to other hosts without a gateway
  np_type=
  { read -r np_type <"/sys/class/net/$1/type"; } 2>/dev/null || return 1
  case $np_type in 768|769|776|778|823|65534) return 0 ;; esac
  { while read -r np_type; do case $np_type in DEVTYPE=vxlan|DEVTYPE=geneve|DEVTYPE=wireguard) return 0 ;; esac; done <"/sys/class/net/$1/uevent"; } 2>/dev/null
  return 1
}
np_held_words() { # LINE OF ip -o route: np_to; np_way its gateways and devices, np_hop that with all a copy needs. Both empty: it leads to no other host
  set -f; set -- $1; set +f
  np_to=$1 np_way= np_hop= np_from= np_any= np_dev= np_down=
  case $1 in
    unicast) shift; np_to=$1 ;;
    blackhole|unreachable|prohibit|throw|local|broadcast|anycast|multicast|nat) np_to=$2; return 0 ;;
  esac
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      via) np_any=1
        case $2 in inet|inet6) np_way="$np_way via $2 $3" np_hop="$np_hop via $2 $3"; shift ;; *) np_way="$np_way via $2" np_hop="$np_hop via $2" ;; esac
        shift ;;
      dev) np_dev=$2 np_way="$np_way dev $2" np_hop="$np_hop dev $2"; shift ;;
      nexthop|onlink) np_hop="$np_hop $1" ;;
      weight) np_hop="$np_hop weight $2"; shift ;;
      src) np_from="$np_from src $2"; shift ;;
      mtu) if [ "$2" = lock ]; then np_from="$np_from mtu lock $3"; shift; else np_from="$np_from mtu $2"; fi; shift ;;
      dead|linkdown) np_down=1 ;;
      proto|metric|scope|table|pref|nhid|realm|realms|expires|advmss|error|tos) shift ;;
    esac
    shift
  done
  if [ -z "$np_any" ] && ! np_held_tunnel "$np_dev"; then np_way= np_hop=; fi
  if [ -n "$np_down" ]; then np_hop=; fi
  if [ -n "$np_hop" ]; then np_hop=$np_from$np_hop; fi
}
np_held_copy() { # 4|6 CIDR TABLE: ways to other hosts that the table has not, and back to main for the host's own inside them
  np_f=$1 np_t=$3 np_c=$2 np_have=$np_nl np_add= np_own= np_last=
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- $(np_held_table "$np_f" "$np_t"); set +f; IFS=$np_ifs
  for np_line; do np_held_words "$np_line"; np_have=$np_have$np_to$np_nl; done
  np_lines=$(np_held_routes "$np_f" "$np_c") || return 1
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- $np_lines; set +f; IFS=$np_ifs
  for np_line; do
    np_held_words "$np_line"
    # Of several metrics the first counts, as for the kernel.
    if [ "$np_to" = "$np_last" ]; then continue; fi
    np_last=$np_to
    if [ -z "$np_hop" ]; then np_own="$np_own $np_to"; continue; fi
    case $np_have in *"$np_nl$np_to$np_nl"*) ;; *) np_add="\${np_add}route add $np_to table $np_t$np_hop$np_nl" ;; esac
  done
  if [ -n "$np_add" ]; then printf %s "$np_add" | ip "-$np_f" -batch - || return 1; fi
  # A pod of this host inside a block of another one, or its own block inside a route to all: main knows better.
  for np_to in $np_own; do
    if [ -z "$(ip "-$np_f" route show table "$np_t" match "$np_to" 2>/dev/null)" ]; then continue; fi
    ip "-$np_f" route replace throw "$np_to" table "$np_t" || return 1
  done
}
np_held_compare() { # 4|6 CIDR TABLE: same|differs|lacks PREFIX WAY: each held route, and whether main has it too
  np_f=$1 np_t=$3 np_last= np_have=$np_nl
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- $(np_held_routes "$np_f" "$2" 2>/dev/null || :); set +f; IFS=$np_ifs
  for np_line; do
    np_held_words "$np_line"
    if [ "$np_to" = "$np_last" ]; then continue; fi
    np_last=$np_to np_have="$np_have$np_to$np_way$np_nl"
  done
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- $(np_held_table "$np_f" "$np_t"); set +f; IFS=$np_ifs
  for np_line; do
    np_held_words "$np_line"
    if [ -z "$np_way" ]; then continue; fi
    case $np_have in
      *"$np_nl$np_to$np_way$np_nl"*) echo "same $np_to$np_way" ;;
      *"$np_nl$np_to "*|*"$np_nl$np_to$np_nl"*) echo "differs $np_to$np_way" ;;
      *) echo "lacks $np_to$np_way" ;;
    esac
  done
}
np_held_rule() { np_lookup_find "$2" "$5" all "$3" "$4" "$4"; }
np_held_state() { # WHAT
  if np_held_rule "$@"; then echo rule=present table=held
  elif [ -n "$(np_held_table "$2" "$4")" ]; then echo rule=absent table=held
  else echo rule=absent table=clear; fi
}
np_held_look() { # WHAT
  for np_tool in ip systemd-run systemctl; do command -v "$np_tool" >/dev/null 2>&1 || { echo "tool $np_tool"; return 0; }; done
  np_held_state "$@"
  if [ -d "${heldFolder}/$1" ]; then echo "plan $(cat "${heldFolder}/$1/plan" 2>/dev/null || :)"; fi
  if [ -e "${heldFolder}/$1.released" ]; then sed 's/^/released /' "${heldFolder}/$1.released"; fi
}
np_held_until() { # FOLDER SECONDS: from now, by the clock that nobody sets
  read -r np_up np_rest </proc/uptime
  ( umask 077; echo "$((\${np_up%%.*} + $2))" >"$1/until.part" ) && mv "$1/until.part" "$1/until"
}
np_held_arm() { # WHAT SECONDS PLAN SCRIPT: the timer is there before the rule
  np_d=${heldFolder}/$1 np_unit=netplay-held-$1
  ( umask 077; mkdir -p "$np_d" && printf %s "$8" >"$np_d/release" ) || return 1
  if ! np_held_rule "$@"; then ip "-$2" route flush table "$4" 2>/dev/null || :; fi
  np_held_until "$np_d" "$6" || return 1
  np_held_copy "$2" "$3" "$4" || return 1
  if ! systemctl is-active --quiet "$np_unit.timer" "$np_unit.service"; then
    systemctl reset-failed "$np_unit.timer" "$np_unit.service" >/dev/null 2>&1 || :
    systemd-run --on-active="$6" --timer-property=AccuracySec=200ms --unit="$np_unit" /bin/sh "$np_d/release" || return 1
  fi
  if ! np_held_rule "$@"; then np_lookup_change add "$2" "$5" all "$3" "$4" "$4" || return 1; fi
  printf %s "$7" >"$np_d/plan"
  rm -f "$np_d.released"
}
np_held_extend() { # NAME SECONDS
  [ -e "${heldFolder}/$1/until" ] && np_held_until "${heldFolder}/$1" "$2"
}
np_held_drop() { # WHAT: the rule first, or packets would find an empty table and then main anyway: one look-up more
  while np_held_rule "$@"; do np_lookup_change del "$2" "$5" all "$3" "$4" "$4" || return 1; done
  ip "-$2" route flush table "$4" 2>/dev/null || :
}
np_held_release() { # WHAT
  np_held_drop "$@" || return 1
  systemctl stop "netplay-held-$1.timer" "netplay-held-$1.service" >/dev/null 2>&1 || :
  systemctl reset-failed "netplay-held-$1.timer" "netplay-held-$1.service" >/dev/null 2>&1 || :
  rm -rf "${heldFolder}/$1"
}
np_held_expire() { # WHAT: what the timer does. Where somebody has put the end off, it waits
  np_d=${heldFolder}/$1
  while :; do
    np_end_at=; { read -r np_end_at <"$np_d/until"; } 2>/dev/null || return 0
    read -r np_up np_rest </proc/uptime
    if [ "\${np_up%%.*}" -ge "$np_end_at" ]; then break; fi
    sleep 1
  done
  ( umask 077; { echo "at $(date -u +%Y-%m-%dT%H:%M:%SZ)"; np_held_compare "$2" "$3" "$4"; } >"$np_d.released.part" ) && mv "$np_d.released.part" "$np_d.released"
  np_held_drop "$@"
  rm -rf "$np_d"
}
`
