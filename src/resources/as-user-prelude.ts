/** Contents that a step of another user reads meanwhile; who may enter is that user alone. */
export const lentFolder = '/var/lib/netplay-lent'

/**
 * Going down from root to another user, for one text. `np_carried` (prelude-for.ts) is what that user's shell gets of the prelude. Contents of
 * slots are root's: those that the text needs are lent, in a folder that the user alone may enter, as long as it runs.
 */
export const asUserPrelude = `
# np_as USER SLOTS TEXT: under the shell options of the caller; nothing of the text is in a list of processes
np_as() {
  id -u "$1" >/dev/null 2>&1 || { echo "np-no-user $1"; return 1; }
  case $- in *e*) np_head='set -eu' ;; *) np_head=: ;; esac
  np_status=0 np_lent=
  [ -z "$2" ] || { np_lent=${lentFolder}/$1; np_lend "$1" $2; } || return
  printf '%s\\n' "$np_carried" "$np_head" "$3" | (NP_SLOTS=$np_lent; export NP_SLOTS; np_down "$1") || np_status=$?
  [ -z "$np_lent" ] || rm -rf "$np_lent"
  return $np_status
}
# np_lend USER NAME...
np_lend() {
  rm -rf "$np_lent" && (umask 022; mkdir -p "\${np_lent%/*}") && (umask 077; mkdir "$np_lent") || return
  np_for=$1
  shift
  for np_name; do cp "$NP_SLOTS/$np_name" "$np_lent/" || return; done
  chown -R "$np_for" "$np_lent"
}
# np_down USER: runs what it reads
np_down() {
  if command -v runuser >/dev/null 2>&1; then np_su=runuser; else np_su=su; fi
  exec $np_su -s /bin/sh "$1" -c 'np_text=$(cat); exec </dev/null; eval "$np_text"'
}
`
