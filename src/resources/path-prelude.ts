import { guardPrelude } from './guard-prelude.js'
import { pathLookPrelude } from './path-look-prelude.js'
import { pathWritePrelude } from './path-write-prelude.js'

/** The probe of all path kinds: `np_paths`, one call for all paths of a host. */
const pathProbePrelude = `
# np_id u|g NAME: its number, or ?, in np_found; one look a name
np_ids=' '
np_id() {
  case $np_ids in *" $1:$2="*) np_found=\${np_ids#*" $1:$2="} np_found=\${np_found%% *}; return ;; esac
  case $1:$2 in
    u:root | g:root) np_found=0 ;;
    u:*) np_found=$(id -u "$2" 2>/dev/null) || np_found='?' ;;
    *)
      np_found=$(getent group "$2" 2>/dev/null) || np_found=$(np_of_group "$2" 2>/dev/null)
      np_found=\${np_found#*:} np_found=\${np_found#*:} np_found=\${np_found%%:*}
      [ -n "$np_found" ] || np_found='?' ;;
  esac
  np_ids="$np_ids$1:$2=$np_found "
}
# where there is no getent
np_of_group() {
  while IFS=: read -r np_name np_x np_number np_rest; do
    if [ "$np_name" = "$1" ]; then echo "$1:x:$np_number:"; fi
  done </etc/group
}
# np_above PATH: the nearest folder above it that exists, in np_dir, and how many are missing between
np_above() {
  np_dir=\${1%/*} np_missing=0
  while [ -n "$np_dir" ] && [ ! -e "$np_dir" ] && [ ! -L "$np_dir" ]; do
    np_dir=\${np_dir%/*} np_missing=$((np_missing + 1))
  done
}
np_empty() {
  for np_entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    if [ -e "$np_entry" ] || [ -L "$np_entry" ]; then return 1; fi
  done
}
# np_paths (INDEX PATH MARK WANTED SALT OWNER GROUP ASK)…: fingerprint and surroundings of each path. The content of a file of up to
# 64 KiB follows when its digest is not WANTED (- never); OWNER and GROUP are names to look up (- none); ASK empty: is the folder empty
np_paths() {
  np_look_again 8 "$@" || :
  np_group=0 np_self=\${np_stat_self#* }
  while [ $# -gt 0 ]; do
    np_group=$((np_group + 1))
    np_print "$np_group" "$2" "$5"
    np_above "$2"
    np_parent=absent
    if [ ! -d "$np_dir/" ]; then np_parent=other; elif [ $np_missing = 0 ]; then np_parent=directory; fi
    np_names=\${np_stat#* * * * } np_more=
    if [ "$5" != - ]; then np_more="$np_more\${np_nl}salt $5"; fi
    if [ -e "$np_dir/.np-$3" ] || [ -L "$np_dir/.np-$3" ]; then np_more="$np_more\${np_nl}leftover yes"; fi
    if [ "$6" != - ]; then
      if [ "$6" = "\${np_names%%:*}" ]; then np_found=$np_uid; else np_id u "$6"; fi
      np_more="$np_more\${np_nl}user $np_found $6"
    fi
    if [ "$7" != - ]; then
      if [ "$7" = "\${np_names#*:}" ]; then np_found=$np_gid; else np_id g "$7"; fi
      np_more="$np_more\${np_nl}group $np_found $7"
    fi
    if [ "$8" = empty ] && [ "$np_type" = directory ]; then
      if np_empty "$2"; then np_more="$np_more\${np_nl}empty yes"; else np_more="$np_more\${np_nl}empty no"; fi
    fi
    printf '%s\\nstat %s\\nself %s\\nparent %s %s%s\\n' "$np_words" "\${np_stat#* * * }" "$np_self" $np_parent $np_missing "$np_more"
    if [ "$4" != - ] && [ "$np_type" = file ] && [ "$np_sum" != "$4" ] && [ "$np_sum" != unreadable ]; then
      np_size=\${np_stat#* * * }
      if [ "\${np_size%% *}" -le 65536 ]; then echo text; base64 <"$2" 2>/dev/null; fi
    fi
    np_end "$1" 0
    shift 8
  done
}`

/** Without its comments: it is sent with every script. */
export const pathPrelude = (pathLookPrelude + pathProbePrelude + pathWritePrelude + guardPrelude).replace(/^ *#.*\n/gm, '')
