/** Where a host remembers what each process was started with: line 1 its identity, then `key <tab> digest <tab> stat of the file`. Gone after a boot. */
export const unitRecords = '/run/netplay/units'

/**
 * Shell functions of the kind systemd-unit. One `systemctl show`, one `stat` (two where inputs are links) and at most one `sha256sum` answer for
 * all units of a host: a file whose recorded device, inode, size, mtime and ctime still stand has the recorded digest, and is not read again.
 * Paths in input lists hold no tab, newline or backslash (systemd-unit's schema).
 */
export const unitPrelude = `
np_nl='
' np_tab='	'
np_cell() { # TEXT KEY: np_value is the rest of the line "KEY<tab>…"; line by line, because shells take a pattern through a long text at quadratic cost
  np_value= np_ifs=$IFS; IFS=$np_nl; set -f
  for np_entry in $1; do case $np_entry in "$2$np_tab"*) np_value=\${np_entry#"$2$np_tab"}; break ;; esac; done
  set +f; IFS=$np_ifs
}
np_property() { # BLOCK NAME
  np_value= np_ifs=$IFS; IFS=$np_nl; set -f
  for np_entry in $1; do case $np_entry in "$2="*) np_value=\${np_entry#"$2="}; break ;; esac; done
  set +f; IFS=$np_ifs
}
np_identity() { # BLOCK: np_id; systemd has InvocationID since 232
  np_property "$1" InvocationID; np_id=$np_value
  [ -n "$np_id" ] || { np_property "$1" ExecMainPID; np_id=pid$np_value; np_property "$1" ExecMainStartTimestampMonotonic; np_id=$np_id-$np_value; }
}
np_unit_properties=Id,LoadState,UnitFileState,ActiveState,SubState,Type,InvocationID,NeedDaemonReload,FragmentPath,ExecMainPID,ExecMainStartTimestamp,InactiveExitTimestamp,ExecMainStartTimestampMonotonic
np_unit_show() { # UNIT…: np_show, a block a unit; microseconds where systemctl can (247), else seconds
  np_show=$(TZ=UTC systemctl show --timestamp=us+utc --property="$np_unit_properties" -- "$@" 2>/dev/null) ||
    np_show=$(TZ=UTC systemctl show --property="$np_unit_properties" -- "$@" 2>/dev/null)
}
np_unit_record() { # UNIT: np_record, without a process
  np_record=$np_nl
  if [ -r ${unitRecords}/"$1" ]; then
    while IFS= read -r np_entry || [ -n "$np_entry" ]; do np_record=$np_record$np_entry$np_nl; done <${unitRecords}/"$1"
  fi
}
np_unit_stats() { # LINES of inputs: np_links of the paths themselves, np_files of what they lead to, as "path<tab>…"
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- $1; set +f; IFS=$np_ifs
  np_count=$#
  for np_line; do case $np_line in plain\\ *|secret\\ *) if [ -e "\${np_line#* }" ] || [ -L "\${np_line#* }" ]; then set -- "$@" "\${np_line#* }"; fi ;; esac; done
  shift "$np_count"
  np_links=$np_nl np_files=$np_nl
  [ $# -gt 0 ] || return 0
  np_links=$np_nl$(stat -c "%n$np_tab%d:%i:%s:%.9Y:%.9Z" -- "$@" 2>/dev/null || :)$np_nl
  np_files=$np_links
  for np_line; do
    if [ -L "$np_line" ]; then np_files=$np_nl$(stat -L -c "%n$np_tab%d:%i:%s:%.9Y:%.9Z" -- "$@" 2>/dev/null || :)$np_nl; return 0; fi
  done
}
np_unit_hash() { # LINES of paths: np_sums as "path<tab>digest"
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- $1
  np_sums=$np_nl
  if [ $# -gt 0 ]; then for np_line in $(sha256sum -- "$@" 2>/dev/null || :); do np_sums=$np_sums\${np_line#*  }$np_tab\${np_line%% *}$np_nl; done; fi
  set +f; IFS=$np_ifs
}
np_unit_present() { # PATH: np_digest; from what np_unit_stats and np_unit_hash found, and from np_record where the file's stat still stands
  np_cell "$np_files" "$1"; np_sig=$np_value
  np_cell "$np_record" "$1"; np_known=$np_value
  if [ "$np_sums" != "$np_nl" ]; then
    np_cell "$np_sums" "$1"; np_digest=$np_value
    [ -z "$np_digest" ] || return 0
  fi
  if [ -f "$1" ]; then
    np_digest=unreadable
    # A stat that tells whole seconds only is no proof.
    case $np_sig in *.*.*) if [ "\${np_known#*"$np_tab"}" = "$np_sig" ]; then np_digest=\${np_known%%"$np_tab"*}; fi ;; esac
  elif [ -e "$1" ]; then np_digest=other
  else np_digest=absent; fi
}
np_salted() { # SALT DIGEST: np_digest, salted when it is one
  case $2 in absent|other|unreadable|'') np_digest=$2 ;; *) np_digest=$(printf %s%s "$1" "$2" | sha256sum); np_digest=\${np_digest%% *} ;; esac
}
np_units() { # (INDEX UNIT SALT INPUTS)…
  np_all= np_names=
  np_units_names "$@"
  if ! command -v systemctl >/dev/null 2>&1; then np_units_none 'systemctl: not found' "$@"; return 0; fi
  if ! np_unit_show $np_names; then np_units_none "$(systemctl show -- $np_names 2>&1 | head -n 1)" "$@"; return 0; fi
  np_unit_stats "$np_all"
  np_hash= np_sums=$np_nl
  np_units_unknown "$@"
  np_unit_hash "$np_hash"
  np_rest=$np_show$np_nl$np_nl
  np_units_tell "$@"
}
np_units_names() { while [ $# -gt 0 ]; do np_names="$np_names $2" np_all=$np_all$4$np_nl; shift 4; done; }
np_units_none() { np_why=$1; shift; while [ $# -gt 0 ]; do printf 'error %s\\n' "$np_why"; np_end "$1" 0; shift 4; done; }
np_units_unknown() { # keeps the records for np_units_tell
  np_at=0
  while [ $# -gt 0 ]; do np_at=$((np_at + 1)); np_unit_record "$2"; eval "np_record_$np_at=\\$np_record"; np_inputs_unknown "$4"; shift 4; done
}
np_inputs_unknown() { # LINES: adds to np_hash what must be read
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- $1; set +f; IFS=$np_ifs
  for np_line; do
    np_path=\${np_line#* }
    case $np_line in etcd*) ;; *) np_unit_present "$np_path"; [ "$np_digest" != unreadable ] ||
      case $np_nl$np_hash in *"$np_nl$np_path$np_nl"*) ;; *) np_hash=$np_hash$np_path$np_nl ;; esac ;; esac
  done
}
np_units_tell() {
  np_at=0
  while [ $# -gt 0 ]; do
    np_at=$((np_at + 1))
    np_block=\${np_rest%%"$np_nl$np_nl"*} np_rest=\${np_rest#*"$np_nl$np_nl"}
    printf '%s\\n' "$np_block"
    eval "np_record=\\$np_record_$np_at"; np_identity "$np_block"
    np_cell "$np_record" identity
    if [ "$np_value" = "$np_id" ]; then echo record current; else echo record none; fi
    np_inputs_tell "$3" "$4"
    np_end "$1" 0
    shift 4
  done
}
np_inputs_tell() { # SALT LINES
  np_salt=$1
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- $2; set +f; IFS=$np_ifs
  for np_line; do
    np_path=\${np_line#* }
    case $np_line in etcd*) np_cell "$np_record" "$np_path"; np_recorded=\${np_value%%"$np_tab"*}; printf 'input - %s - - \\n' "\${np_recorded:--}"; continue ;; esac
    np_unit_present "$np_path"
    np_recorded=\${np_known%%"$np_tab"*}
    case $np_line in secret*)
      if [ "$np_recorded" = "$np_digest" ]; then np_salted "$np_salt" "$np_digest"; np_recorded=$np_digest
      else np_now=$np_digest; np_salted "$np_salt" "$np_recorded"; np_recorded=$np_digest; np_salted "$np_salt" "$np_now"; fi ;;
    esac
    np_file=\${np_sig##*:} np_link=\${np_sig##*:} np_target=
    if [ -L "$np_path" ]; then
      np_cell "$np_links" "$np_path"; np_link=\${np_value##*:}
      np_target=$(readlink -f -- "$np_path" || :)$np_tab$(readlink -- "$np_path")
    fi
    printf 'input %s %s %s %s %s\\n' "$np_digest" "\${np_recorded:--}" "\${np_link:--}" "\${np_file:--}" "$np_target"
  done
}
`
