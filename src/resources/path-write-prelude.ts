/**
 * Writing at paths: always under a temporary name in the same folder, then one rename. MARK is 12 hex digits of the path's sha256; the name
 * `.np-MARK` fits where a suffix to a name of 255 bytes would not.
 */
export const pathWritePrelude = `
# np_temp FOLDER MARK: a free temporary name in np_tmp; what a killed run left there goes
np_temp() {
  np_tmp=$1/.np-$2
  if [ -e "$np_tmp" ] || [ -L "$np_tmp" ]; then rm -rf "$np_tmp"; fi
}
# np_drop: after a failure; keeps its status
np_drop() {
  np_status=$?
  rm -rf "$np_tmp"
  return $np_status
}
# np_move FROM TO: rename, never into a folder; over a link to a folder too
np_move() {
  if [ -L "$2" ] && [ -d "$2" ]; then
    mv -fT "$1" "$2" 2>/dev/null || { rm -f "$2" && mv -f "$1" "$2"; }
  elif [ -d "$2" ]; then
    echo "$2 is a folder" >&2
    return 1
  else
    mv -f "$1" "$2"
  fi
}
np_label() {
  if [ -e /sys/fs/selinux/enforce ] && command -v restorecon >/dev/null 2>&1; then restorecon "$1" || :; fi
}
# a printf that is built in says "I/O error" or nothing where the disk is full; cat says why
np_bytes() {
  case $1 in
    text) printf %s "$2" 2>/dev/null || { printf %s "$2" | cat; return 1; } ;;
    base64) printf %s "$2" | base64 -d ;;
    slot) cat "$NP_SLOTS/$2" ;;
    same) cat "$3" ;;
    url)
      np_pull "\${2#* }" || return
      if [ "$(sha256sum <"$np_tmp")" != "\${2%% *}  -" ]; then
        echo "\${2#* }: the bytes that came have another sha256" >&2
        return 1
      fi ;;
  esac
}
# np_pull URL: with what the host has
np_pull() {
  if command -v curl >/dev/null 2>&1; then curl -fsSL --connect-timeout 15 -- "$1"
  elif command -v wget >/dev/null 2>&1; then wget -qO- -- "$1"
  else echo 'neither curl nor wget is on this host' >&2; return 1
  fi
}
# np_put PATH MARK UID GID MODE text|base64|slot|same|url CONTENT: chown clears setuid, so the mode comes after the owner
np_put() {
  np_temp "\${1%/*}" "$2" || return
  { (umask 077; set -C; np_bytes "$6" "$7" "$1" >"$np_tmp") && sync "$np_tmp" && np_chown "$3" "$4" "$np_tmp" && chmod "$5" "$np_tmp" \\
    && np_move "$np_tmp" "$1"; } || { np_drop; return; }
  np_label "$1"
}
# np_own PATH UID GID MODE: a mode of five digits clears setgid of a folder too
np_own() { np_chown "$2" "$3" "$1" && chmod "0$4" "$1"; }
# np_chown UID GID PATH: a program says in np_me who it is, and what is ours already costs no process
np_chown() {
  if [ "$1:$2" = "\${np_me:-}" ] && [ -O "$3" ] && [ -G "$3" ]; then return 0; fi
  chown "$1:$2" "$3"
}
# np_mkdir PATH MARK UID GID MODE yes|no: with its missing parents or without; seen by others only when finished
np_mkdir() {
  if [ -d "$1" ] && [ ! -L "$1" ]; then
    np_temp "\${1%/*}" "$2" && np_own "$1" "$3" "$4" "$5"
    return
  fi
  np_above "$1"
  [ "$6" = yes ] || np_dir=\${1%/*}
  np_temp "$np_dir" "$2" || return
  np_below=\${1#"$np_dir"/} np_deep=
  case $np_below in */*) np_deep=/\${np_below#*/} ;; esac
  { (umask 022; mkdir -p "$np_tmp$np_deep") && np_own "$np_tmp$np_deep" "$3" "$4" "$5" && np_move "$np_tmp" "$np_dir/\${np_below%%/*}"; } \\
    || { np_drop; return; }
  np_label "$1"
}
# np_link PATH MARK TARGET
np_link() {
  np_temp "\${1%/*}" "$2" || return
  { ln -s -- "$3" "$np_tmp" && np_move "$np_tmp" "$1"; } || np_drop
}
# np_remove PATH MARK empty|tree: a tree vanishes by one rename, then is deleted
np_remove() {
  np_temp "\${1%/*}" "$2" || return
  if [ -L "$1" ] || [ ! -d "$1" ]; then rm -f "$1"
  elif [ "$3" = empty ]; then rmdir "$1"
  else mv "$1" "$np_tmp" && rm -rf "$np_tmp"
  fi
}
# np_sweep PATH MARK: only what a killed run left
np_sweep() { np_above "$1"; np_temp "$np_dir" "$2"; }
# np_save PATH NAME: the pre-image, once
np_save() {
  if [ -e "$NP_STORE/$2" ] || [ -L "$NP_STORE/$2" ]; then return 0; fi
  rm -rf "$NP_STORE/$2.new" && cp -a "$1" "$NP_STORE/$2.new" || return
  if [ -f "$1" ] && [ ! -L "$1" ]; then sync "$NP_STORE/$2.new" || return; fi
  mv "$NP_STORE/$2.new" "$NP_STORE/$2"
}
# np_clear PATH: a folder may come where we made a file or a link
np_clear() {
  if [ -L "$1" ] || [ -f "$1" ]; then rm -f "$1"; fi
}
# np_back PATH MARK NAME: the pre-image comes back; a folder in its place goes only if it is empty
np_back() {
  np_temp "\${1%/*}" "$2" || return
  cp -a "$NP_STORE/$3" "$np_tmp" || { np_drop; return; }
  if [ -L "$np_tmp" ] || [ ! -d "$np_tmp" ]; then
    if [ -d "$1" ] && [ ! -L "$1" ]; then rmdir "$1" || { np_drop; return; }; fi
  else np_clear "$1"
  fi
  np_move "$np_tmp" "$1" || np_drop
}
# np_unmake PATH MARK LEVELS: what we made goes, folders only if empty; then as many folders above it
np_unmake() {
  np_temp "\${1%/*}" "$2" || return
  if [ -L "$1" ] || [ ! -d "$1" ]; then rm -f "$1"; else rmdir "$1"; fi || return
  np_gone=$1 np_levels=$3
  while [ "$np_levels" -gt 0 ]; do
    np_gone=\${np_gone%/*} np_levels=$((np_levels - 1))
    if [ -d "$np_gone" ]; then rmdir "$np_gone" || return; fi
  done
}`
