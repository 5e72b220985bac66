/**
 * Shell functions of sysctl and kernel-feature. What they ask about goes by one `tail` for all settings and all files that set them at boot, and one
 * `sha256sum` for all files of ours; the rest is a look at /proc.
 */
export const kernelPrelude = `
np_joined() { # SEPARATOR WORDS…: the words with one character between
  np_ifs=$IFS; IFS=$1; shift; np_words="$*"; IFS=$np_ifs
}
np_sysctl_live() { # PROC-PATH: np_live, blanks made one; "absent" is no number, but no sysctl says it either
  np_live=absent
  [ -e "$1" ] || return 0
  if ! np_live=$(cat -- "$1" 2>/dev/null); then np_live=unreadable; fi
  set -f; set -- $np_live; set +f; np_joined ' ' "$@"; np_live=$np_words
}
np_small_hash() { # STRIDE AT groups…: np_sums of the small files that stand at AT of each group
  np_stride=$1 np_at=$2 np_hash=
  shift 2
  while [ "$np_at" -le $# ]; do
    eval "np_path=\\\${$np_at}"
    if [ -f "$np_path" ] && [ ! -L "$np_path" ]; then np_hash=$np_hash$np_path$np_nl; fi
    np_at=$((np_at + np_stride))
  done
  np_unit_hash "$np_hash"
}
np_small() { # PATH MARK WANTED: prints what a small configuration file is, and whether a killed run left something beside it
  if [ -f "$1" ] && [ ! -L "$1" ]; then
    np_cell "$np_sums" "$1"
    if [ "$np_value" = "$3" ]; then echo file same
    else printf 'file '; head -c 4096 -- "$1" | base64 | tr -d '\\n'; echo; fi
  elif [ -e "$1" ] || [ -L "$1" ]; then echo file other
  elif [ -d "\${1%/*}" ]; then echo file absent
  else echo file nowhere; fi
  if [ -e "\${1%/*}/.np-$2" ] || [ -L "\${1%/*}/.np-$2" ]; then echo leftover; fi
}
np_small_digest() { # PATH: np_digest
  np_digest=absent
  if [ -L "$1" ]; then np_digest=other; elif [ -f "$1" ]; then np_digest=$(sha256sum <"$1" 2>/dev/null) || np_digest=unreadable; np_digest=\${np_digest%% *}
  elif [ -e "$1" ]; then np_digest=other; fi
}
np_small_put() { # PATH MARK TEXT
  if [ ! -d "\${1%/*}" ]; then mkdir -m 0755 "\${1%/*}" || return 1; fi
  np_put "$1" "$2" 0 0 0644 text "$3"
}
np_small_back() { # PATH MARK STORE-NAME absent|nowhere|kept
  if [ "$4" = kept ]; then np_back "$1" "$2" "$3"; return; fi
  [ -d "\${1%/*}" ] || return 0
  np_unmake "$1" "$2" 0 || return
  if [ "$4" = nowhere ]; then rmdir "\${1%/*}" 2>/dev/null || :; fi
}
np_sysctl_files() { # (INDEX NAME PROC-PATH FILE MARK WANTED)…: np_now, "PROC-PATH<tab>value"; np_sets, the lines that set some at boot, after "==> FILE <=="
  np_args= np_now= np_sets= np_proc= np_live=
  while [ $# -gt 0 ]; do
    if [ -e "$3" ]; then np_args="$np_args $3"; fi
    shift 6
  done
  set -- /dev/null
  for np_file in /etc/sysctl.d/*.conf /run/sysctl.d/*.conf /usr/local/lib/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf /lib/sysctl.d/*.conf; do
    if [ -f "$np_file" ]; then set -- "$@" "$np_file"; fi
  done
  [ -n "$np_args\${2:-}" ] || return 0
  # The settings come last, and what comes last counts: a file that looks like one does not pass for it.
  np_lines=$(tail -n +1 -- "$@" $np_args 2>/dev/null || :)
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- $np_lines '==> end <=='; set +f; IFS=$np_ifs
  for np_line; do
    case $np_line in
      '==> '*' <==')
        [ -z "$np_live" ] || np_now=$np_proc$np_tab$np_live$np_nl$np_now
        np_proc= np_live=
        case $np_line in '==> /proc/'*) np_proc=\${np_line#==> }; np_proc=\${np_proc% <==} ;; *) np_sets=$np_sets$np_line$np_nl ;; esac ;;
      '#'*|';'*) ;;
      *) if [ -n "$np_proc" ]; then np_live="$np_live $np_line"; else case $np_line in *=*) np_sets=$np_sets$np_line$np_nl ;; esac; fi ;;
    esac
  done
}
np_sysctl_now() { # PROC-PATH: np_live, from np_now; what is not there is asked alone
  np_cell "$np_now" "$1"
  if [ -z "$np_value" ]; then np_sysctl_live "$1"; return 0; fi
  set -f; set -- $np_value; set +f; np_joined ' ' "$@"; np_live=$np_words
}
np_sysctl_set_in() { # NAME: prints "set FILE VALUE" for each line that sets it, in dots or in slashes
  np_ifs=$IFS; IFS=$np_nl; set -f; set -- "$1" $np_sets; set +f; IFS=$np_ifs
  np_name=$1 np_file=; shift
  for np_line; do
    case $np_line in '==> '*' <==') np_file=\${np_line#==> }; np_file=\${np_file% <==}; continue ;; *=*) ;; *) continue ;; esac
    case $np_line in *"\${np_name##*[./]}"*) ;; *) continue ;; esac
    set -f; set -- \${np_line%%=*}; np_found=\${1:-}; set -- \${np_line#*=}; set +f; np_found=\${np_found#-}
    case $np_found in "$np_name") ;; */*) np_slashed $np_name; [ "$np_found" = "$np_words" ] || continue ;; *) continue ;; esac
    np_joined ' ' "$@"
    printf 'set %s %s\\n' "$np_file" "$np_words"
  done
}
np_slashed() { np_ifs=$IFS; IFS=.; set -f; set -- $1; set +f; IFS=$np_ifs; np_joined / "$@"; }
np_sysctls() { # (INDEX NAME PROC-PATH FILE MARK WANTED)…
  np_sysctl_files "$@"
  np_small_hash 6 4 "$@"
  while [ $# -gt 0 ]; do
    np_sysctl_now "$3"
    printf 'live %s\\n' "$np_live"
    np_small "$4" "$5" "$6"
    np_sysctl_set_in "$2"
    np_end "$1" 0
    shift 6
  done
}
np_sysctl_state() { # PROC-PATH FILE: the fingerprint
  np_sysctl_live "$1"
  set -f; set -- "$2" $np_live; set +f; np_file=$1; shift
  np_joined _ "$@"
  np_small_digest "$np_file"
  printf 'live=%s file=%s\\n' "$np_words" "$np_digest"
}
np_sysctl_set() { # PROC-PATH VALUE
  printf '%s\\n' "$2" >"$1" || { echo "$1 cannot be set to $2" >&2; return 1; }
}
np_feature_find() { # NAME EFFECTS SYMBOL: np_present yes|no|unknown, np_how; looking through all symbols takes 50 ms, so it comes last
  np_present=yes np_how=effect
  np_ifs=$IFS; IFS=,; set -f
  for np_sign in $2; do
    IFS=$np_ifs
    case $np_sign in
      /*) if [ -e "$np_sign" ]; then set +f; return 0; fi ;;
      filesystem:*) while read -r np_x np_y; do if [ "\${np_y:-$np_x}" = "\${np_sign#*:}" ]; then set +f; return 0; fi; done </proc/filesystems ;;
    esac
  done
  set +f; IFS=$np_ifs
  np_how=module
  if [ -e "/proc/modules" ]; then case $np_nl$(cat /proc/modules) in *"$np_nl$1 "*) return 0 ;; esac; fi
  np_how=builtin
  if [ -e "/sys/module/$1" ]; then return 0; fi
  np_tree=/lib/modules/$(uname -r)
  if [ -f "$np_tree/modules.builtin" ]; then case $(tr - _ <"$np_tree/modules.builtin") in *"/$1.ko"*) return 0 ;; esac; fi
  if [ -d "$np_tree" ]; then
    np_present=no np_how=missing
    if modprobe -n -q "$1" 2>/dev/null; then np_how=loadable; fi
    return 0
  fi
  # No modules at all: what is not built in is not there. Only the symbols tell, where this feature has one that we know.
  np_present=unknown np_how=-
  if [ "$3" != - ] && [ -r /proc/kallsyms ] && command -v grep >/dev/null 2>&1; then
    np_present=no np_how=missing
    if grep -q -m 1 " $3\\$" /proc/kallsyms; then np_present=yes np_how=builtin; fi
  fi
}
np_features() { # (INDEX NAME EFFECT SYMBOL FILE MARK WANTED)…
  np_small_hash 7 5 "$@"
  while [ $# -gt 0 ]; do
    np_feature_find "$2" "$3" "$4"
    # An effect may be a module's too: then it has to be loaded again after a boot.
    if [ "$np_how" = effect ] && [ -e /proc/modules ]; then case $np_nl$(cat /proc/modules) in *"$np_nl$2 "*) np_how=module ;; esac; fi
    printf 'present %s %s\\n' "$np_present" "$np_how"
    np_small "$5" "$6" "$7"
    np_end "$1" 0
    shift 7
  done
}
np_feature_state() { # NAME EFFECT SYMBOL FILE: the fingerprint
  np_feature_find "$1" "$2" "$3"
  np_small_digest "$4"
  printf 'present=%s file=%s\\n' "$np_present" "$np_digest"
}
np_feature_load() { # NAME EFFECT SYMBOL
  modprobe -- "$1" || return 1
  np_feature_find "$1" "$2" "$3"
  [ "$np_present" = yes ] || { echo "modprobe loaded $1, yet this kernel shows nothing of it" >&2; return 1; }
}
`
