import { pathPrelude } from './path-prelude.js'
import { systemPrelude } from './system-prelude.js'

/**
 * Shell functions that probes, steps and undo texts may call, sent once at the head of every script. POSIX sh: dash, bash, busybox ash;
 * GNU coreutils or busybox applets. Nothing here depends on `set -e` or `set -u` and nothing breaks under them.
 */
export const prelude: string = [
  // One language of the host's words, and bytes instead of characters in patterns.
  'LC_ALL=C; export LC_ALL',
  // The end of one answer of a probe script (probe-script.ts); `-` is the index of a text that runs alone.
  `np_end() { [ "$1" = - ] || printf '\\n%s %s %s\\n' "$np_nonce" "$1" "$2"; }`,
  pathPrelude,
  systemPrelude,
  '',
].join('\n')
