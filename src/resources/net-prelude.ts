/** Shell functions about firewall rules, routes and policy rules. */
export const netPrelude = `
np_iptables() { # 4|6 ARGUMENTS…: the host's own variant, whichever that is
  case $1 in 6) np_tool=ip6tables ;; *) np_tool=iptables ;; esac
  shift
  "$np_tool" -w 5 "$@"
}
np_firewall_look() { # 4|6 TABLE ARGUMENTS…: reads only. np_exit, np_words
  case $1 in 6) np_tool=ip6tables np_tables=/proc/net/ip6_tables_names ;; *) np_tool=iptables np_tables=/proc/net/ip_tables_names ;; esac
  np_exit=127 np_words=
  command -v "$np_tool" >/dev/null 2>&1 || return 0
  case \${np_variant:=$(iptables --version 2>&1)} in
    *nf_tables*) ;;
    # The old variant makes the kernel load a table when it looks at it, and makes a lock file in /run.
    *) np_exit=1
      case "$np_nl$(cat "$np_tables" 2>/dev/null || :)$np_nl" in *"$np_nl$2$np_nl"*) ;; *) return 0 ;; esac
      if [ ! -e /run/xtables.lock ]; then XTABLES_LOCKFILE=/dev/null; export XTABLES_LOCKFILE; fi ;;
  esac
  np_table=$2; shift 2
  np_exit=0
  np_words=$("$np_tool" -w 5 -t "$np_table" "$@" 2>&1) || np_exit=$?
}
np_rule_find() { # 4|6 TABLE CHAIN RULE (a word a line): np_found present|absent|tool|error
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- "$1" "$2" -C "$3" $4; set +f; IFS=$np_ifs
  np_firewall_look "$@"
  case $np_exit in 0) np_found=present ;; 1) np_found=absent ;; 127) np_found=tool ;; *) np_found=error ;; esac
}
np_first_line() { np_words=\${1%%"$np_nl"*}; }
np_rules() { # (INDEX 4|6 TABLE CHAIN RULE)…
  while [ $# -gt 0 ]; do
    np_rule_find "$2" "$3" "$4" "$5"
    np_first_line "$np_words"
    printf 'rule %s %s\\n' "$np_found" "$np_words"
    np_end "$1" 0
    shift 5
  done
}
np_rule_state() { np_rule_find "$@"; echo "rule=$np_found"; }
np_rule_add() { # -I|-A 4|6 TABLE CHAIN RULE
  np_how=$1; shift
  np_rule_find "$@"
  [ "$np_found" != present ] || return 0
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- "$1" -t "$2" "$np_how" "$3" $4; set +f; IFS=$np_ifs
  np_iptables "$@"
}
np_rule_remove() { # 4|6 TABLE CHAIN RULE: once, as we added it once
  np_rule_find "$@"
  [ "$np_found" = present ] || return 0
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- "$1" -t "$2" -D "$3" $4; set +f; IFS=$np_ifs
  np_iptables "$@"
}
np_policy_find() { # 4|6 TABLE CHAIN: np_policy
  np_firewall_look "$1" "$2" -S "$3"
  np_first_line "$np_words"
  case $np_exit:$np_words in 0:'-P '*) np_policy=\${np_words##* } ;; 1:) np_policy=ACCEPT ;; 127:*) np_policy=tool ;; *) np_policy=error ;; esac
}
np_policies() { # (INDEX 4|6 TABLE CHAIN)…
  while [ $# -gt 0 ]; do
    np_policy_find "$2" "$3" "$4"
    printf 'policy %s %s\\n' "$np_policy" "$np_words"
    np_end "$1" 0
    shift 4
  done
}
np_policy_state() { np_policy_find "$@"; echo "policy=$np_policy"; }
np_routes() { # (INDEX 4|6 TABLE TO)…: what ip prints; a table that is not there yet is empty
  while [ $# -gt 0 ]; do
    if command -v ip >/dev/null 2>&1; then
      np_status=0
      np_words=$(ip "-$2" route show table "$3" exact "$4" 2>&1) || np_status=$?
      case $np_status:$np_words in
        0:*) printf 'exit 0\\n%s\\n' "$np_words" ;;
        *'table does not exist'*) echo exit 0 ;;
        *) np_first_line "$np_words"; printf 'exit %s\\n%s\\n' "$np_status" "$np_words" ;;
      esac
    else echo exit 127; fi
    np_end "$1" 0
    shift 4
  done
}
np_route_state() { # 4|6 TABLE TO METRIC yes|no: the fingerprint; the device is in it only where the task names one
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- "$1" "$2" "$3" "$4" "$5" $(ip "-$1" route show table "$2" exact "$3" 2>/dev/null || :); set +f; IFS=$np_ifs
  np_wanted=$4 np_device=$5 np_found=absent np_here=no np_via=- np_dev=- np_onlink=-
  shift 5
  for np_line; do
    case $np_line in '	'*|' '*|nexthop*) if [ "$np_found" = present ] && [ "$np_here" = yes ]; then np_via=many np_dev=many; fi; continue ;; esac
    np_here=no
    [ "$np_found" = absent ] || continue
    set -f; set -- $np_line; set +f
    np_metric=0 np_v=- np_d=- np_o=no
    while [ $# -gt 0 ]; do
      case $1 in metric) np_metric=$2 ;; via) np_v=$2; if [ "$2" = inet6 ]; then np_v=$3; fi ;; dev) np_d=$2 ;; onlink) np_o=yes ;; esac
      shift
    done
    if [ "$np_metric" = "$np_wanted" ]; then np_found=present np_here=yes np_via=$np_v np_dev=$np_d np_onlink=$np_o; fi
  done
  if [ "$np_device" = no ]; then echo "route=$np_found via=$np_via onlink=$np_onlink"
  else echo "route=$np_found via=$np_via dev=$np_dev onlink=$np_onlink"; fi
}
np_route_gone() { # 4|6 TABLE TO METRIC
  np_at=$(np_route_state "$1" "$2" "$3" "$4" no)
  case $np_at in route=absent*) return 0 ;; esac
  if [ "$4" = 0 ]; then ip "-$1" route del "$3" table "$2"; else ip "-$1" route del "$3" table "$2" metric "$4"; fi
}
np_lookups() { # 4|6: policy rules, tables as numbers where ip can
  ip -N "-$1" rule show 2>/dev/null || ip "-$1" rule show 2>&1
}
np_policy_rules() { # (INDEX 4|6)…
  while [ $# -gt 0 ]; do
    if ! command -v ip >/dev/null 2>&1; then echo exit 127
    elif np_words=$(np_lookups "$2"); then printf 'exit 0\\n%s\\n' "$np_words"
    else np_first_line "$np_words"; printf 'exit 1\\n%s\\n' "$np_words"; fi
    np_end "$1" 0
    shift 2
  done
}
np_lookup_find() { # 4|6 PRIORITY FROM TO TABLE TABLE-NAME: is there such a rule, with nothing else in it?
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- "$1" "$2" "$3" "$4" "$5" "$6" $(np_lookups "$1" 2>/dev/null || :); set +f; IFS=$np_ifs
  np_wanted="$2: from $3\${4:+ to $4} lookup"
  np_t1=$5 np_t2=$6
  shift 6
  for np_line; do
    set -f; set -- $np_line; set +f
    case "$*" in "$np_wanted $np_t1"|"$np_wanted $np_t2") return 0 ;; esac
  done
  return 1
}
np_lookup_state() { if np_lookup_find "$@"; then echo rule=present; else echo rule=absent; fi; }
np_lookup_add() { # as np_lookup_find
  if np_lookup_find "$@"; then return 0; fi
  np_lookup_change add "$@"
}
np_lookup_del() {
  if ! np_lookup_find "$@"; then return 0; fi
  np_lookup_change del "$@"
}
np_lookup_change() {
  if [ -n "$5" ]; then ip "-$2" rule "$1" from "$4" to "$5" priority "$3" lookup "$6"
  else ip "-$2" rule "$1" from "$4" priority "$3" lookup "$6"; fi
}
`
