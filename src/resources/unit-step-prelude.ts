import { unitRecords } from './unit-prelude.js'

/**
 * Shell functions that change units. The order is always: digests of the inputs as they lie on the host, then start, then the record by rename:
 * a run killed anywhere between leaves a record that says "not started with these", and the next run starts it again.
 */
export const unitStepPrelude = `
np_unit_now() { # UNIT: np_active, np_id, np_block; fails when systemd does not answer
  np_unit_show "$1" || return 1
  np_block=$np_show
  np_property "$np_block" ActiveState; np_active=$np_value
  np_identity "$np_block"
}
np_unit_table() { # LINES of inputs: np_table, "key<tab>digest<tab>stat"
  ( umask 077; mkdir -p ${unitRecords} && : >${unitRecords}/.np-now ) || return 1
  # A file changed in the very tick of the clock that we read it in may change again without its stat telling: then the stat is not kept.
  np_now=$(stat -c %.9Z ${unitRecords}/.np-now); rm -f ${unitRecords}/.np-now
  np_unit_stats "$1"
  np_hash= np_sums=$np_nl np_record=$np_nl np_table=
  np_inputs_unknown "$1"
  np_unit_hash "$np_hash"
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- $1; set +f; IFS=$np_ifs
  for np_line; do
    np_path=\${np_line#* }
    case $np_line in
      etcd*) np_table=$np_table\${np_path#* }$np_tab\${np_path%% *}$np_tab-$np_nl ;;
      *) np_unit_present "$np_path"; np_cell "$np_files" "$np_path"
        if [ "\${np_value##*:}" = "$np_now" ]; then np_value=; fi
        np_table=$np_table$np_path$np_tab$np_digest$np_tab\${np_value:--}$np_nl ;;
    esac
  done
}
np_unit_fresh() { # was the process np_id started with np_table, as np_record says?
  np_cell "$np_record" identity
  [ "$np_value" = "$np_id" ] || return 1
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- $np_table; set +f; IFS=$np_ifs
  for np_line; do
    np_rest=\${np_line#*"$np_tab"}
    np_cell "$np_record" "\${np_line%%"$np_tab"*}"
    [ "\${np_value%%"$np_tab"*}" = "\${np_rest%%"$np_tab"*}" ] || return 1
  done
}
np_unit_write() { # UNIT: np_id and np_table become its record
  ( umask 077; printf 'identity\\t%s\\n%s' "$np_id" "$np_table" >${unitRecords}/.np-new ) && mv -f ${unitRecords}/.np-new ${unitRecords}/"$1"
}
np_unit_words() { # UNIT: why it does not run, in the host's own words, to stderr
  systemctl show --property=ActiveState,SubState,Result,ExecMainStatus -- "$1" >&2 || :
  journalctl --quiet --no-pager --output=cat --lines=12 --unit="$1" >&2 2>/dev/null || :
}
np_unit_job() { # VERB UNIT SECONDS
  np_status=0
  timeout "$3" systemctl "$1" -- "$2" || np_status=$?
  if [ "$np_status" = 124 ]; then echo "$2 is not up after $3 s; systemd goes on trying" >&2; fi
  case $np_status$1 in 0*|124*|*stop) ;; *) if np_unit_second "$2" "$3"; then np_status=0; fi ;; esac
  [ "$np_status" = 0 ] || { np_unit_words "$2"; return 1; }
}
# Forty flannelds that start at once may choose one subnet: those that come second end, and have another when systemd starts them again.
np_unit_second() { # UNIT SECONDS: its start failed; where systemd starts it once more by itself, is that one well?
  np_left=$(( $2 * 2 )) np_first=$(systemctl show --property=NRestarts --value -- "$1")
  while [ "$np_left" -gt 0 ]; do
    np_left=$(( np_left - 1 ))
    case $(systemctl show --property=SubState --value -- "$1") in
      auto-restart*) [ "$(systemctl show --property=NRestarts --value -- "$1")" = "$np_first" ] || return 1 ;;
      running|exited) return 0 ;;
      dead|failed) return 1 ;;
    esac
    sleep 0.5
  done
  return 1
}
np_unit_read() { # UNIT enable|- new|changed: systemd knows its file and what pulls it in
  if [ "$2" = enable ]; then systemctl enable --no-reload -- "$1" || return 1; fi
  if [ "$3" = new ] && np_unit_is_read "$1"; then return 0; fi
  systemctl daemon-reload
}
# A reload runs a dozen generators and reads all units again. A unit that systemd did not know is read when systemd is asked about it; what pulls it
# in is not, but multi-user.target has its turn at the next boot only.
np_unit_is_read() { # UNIT
  for np_link in /etc/systemd/system/*.wants/"$1" /etc/systemd/system/*.requires/"$1" /etc/systemd/system/*.upholds/"$1"; do
    case $np_link in */multi-user.target.wants/*) ;; *) if [ -L "$np_link" ]; then return 1; fi ;; esac
  done
  np_unit_now "$1" || return 1
  np_property "$np_block" LoadState
  [ "$np_value" = loaded ] || return 1
  np_property "$np_block" NeedDaemonReload
  [ "$np_value" = no ]
}
np_unit_run() { # UNIT SECONDS when-stale|never INPUTS: it runs, and with what lies on the host
  np_unit_table "$4" || return 1
  np_unit_now "$1" || { systemctl show -- "$1" >&2; return 1; }
  np_was=$np_id np_verb=start
  np_unit_record "$1"
  case $np_active in
    active|reloading|activating) if [ "$3" != never ] && ! np_unit_fresh; then np_verb=restart; fi ;;
    failed) systemctl reset-failed -- "$1" || : ;;
  esac
  case $np_verb$np_active in startactive|startreloading) return 0 ;; esac
  np_unit_mark "$1" || return 1
  np_unit_job "$np_verb" "$1" "$2" || return 1
  np_unit_settled "$1" || return 1
  np_unit_write "$1"
}
np_unit_settled() { # UNIT, of which np_unit_now was asked: a process that systemd takes for started at once is given a moment to fail
  np_property "$np_block" Type
  case $np_value in simple|exec|idle) sleep 0.3 ;; esac
  np_unit_now "$1" || return 1
  np_property "$np_block" Type
  [ "$np_active" = active ] && return 0
  if [ "$np_value" = oneshot ]; then echo "$1 ended: a oneshot unit that should count as running needs RemainAfterExit=yes" >&2; fi
  np_unit_words "$1"
  return 1
}
np_unit_mark() { # UNIT: for undo: the process as it was before our first start of it in this run
  [ -n "\${NP_STORE:-}" ] && [ ! -e "$NP_STORE/unit.$1" ] || return 0
  printf '%s\\n' "$np_active $np_id" >"$NP_STORE/unit.$1.new" && mv -f "$NP_STORE/unit.$1.new" "$NP_STORE/unit.$1"
}
np_unit_stop() { # UNIT SECONDS
  np_unit_now "$1" || return 1
  case $np_active in inactive|failed) return 0 ;; esac
  np_unit_job stop "$1" "$2"
}
np_unit_adopt() { # UNIT IDENTITY INPUTS: these are what the running process was started with
  np_unit_table "$3" || return 1
  np_unit_now "$1" || return 1
  [ "$np_id" = "$2" ] || return 0
  np_unit_record "$1"
  np_cell "$np_record" identity
  [ "$np_value" = "$2" ] || np_record=$np_nl
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- "$1" $np_table; set +f; IFS=$np_ifs
  np_unit=$1 np_table=; shift
  for np_line; do
    np_cell "$np_record" "\${np_line%%"$np_tab"*}"
    [ -n "$np_value" ] || np_table=$np_table$np_line$np_nl
  done
  np_record=\${np_record#"$np_nl"}
  case $np_record in identity*) np_record=\${np_record#*"$np_nl"} ;; esac
  np_table=$np_record$np_table
  np_unit_write "$np_unit"
}
np_unit_back() { # UNIT SECONDS INPUTS: after undo put the files back: it ran before; restarted only if this run restarted it
  np_unit_now "$1" || return 1
  case $np_active in active|reloading|activating)
    [ -n "\${NP_STORE:-}" ] && [ -e "$NP_STORE/unit.$1" ] || return 0
    np_first=$(cat "$NP_STORE/unit.$1")
    [ "\${np_first#* }" != "$np_id" ] || return 0 ;;
  esac
  np_unit_table "$3" || return 1
  case $np_active in failed) systemctl reset-failed -- "$1" || : ;; esac
  if [ "$2" = 0 ]; then systemctl --no-block restart -- "$1" || return 1
  else
    np_unit_job restart "$1" "$2" || return 1
    np_unit_settled "$1" || return 1
    np_unit_write "$1" || return 1
  fi
  if [ -n "\${NP_STORE:-}" ]; then rm -f "$NP_STORE/unit.$1"; fi
}
np_unit_enabled() { # UNIT
  np_unit_now "$1" || return 1
  np_property "$np_block" UnitFileState
  case $np_value in enabled|enabled-runtime|alias) ;; *) return 1 ;; esac
}
np_unit_state() { # UNIT: its fingerprint
  np_unit_now "$1" || { echo 'enabled=unknown active=unknown'; return 0; }
  np_property "$np_block" UnitFileState
  case $np_value in enabled|alias) np_value=yes ;; enabled-runtime|masked|masked-runtime) ;; *) np_value=no ;; esac
  case $np_active in active|reloading) np_active=yes ;; failed|activating) np_unit_ours "$1" ;; *) np_active=no ;; esac
  echo "enabled=$np_value active=$np_active"
}
np_unit_ours() { # UNIT that does not run, and nobody stopped it: for undo it is as it was, if it is our own start that left it so
  np_active=no
  [ -n "\${NP_STORE:-}" ] && [ -e "$NP_STORE/unit.$1" ] || return 0
  np_first=$(cat "$NP_STORE/unit.$1")
  case \${np_first%% *} in active|reloading) np_active=yes ;; esac
}
`
