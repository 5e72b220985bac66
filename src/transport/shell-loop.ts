import { quote } from '../shell.js'

/**
 * The loop on the host, for any POSIX shell. It is one word in single quotes on a command line that the user's login
 * shell reads, which may be csh or fish: so no newline, no `!`, no quote and no backslash that they would take for theirs.
 *
 * - `read` takes the nonce, which is never exported and never on a command line, and then a header for each request:
 *   `<id> <bytes of the script> <bytes of its stdin, or - for none, or = to run it in the loop's own shell>`.
 * - `m` writes a mark on both outputs. `go` says that the script has arrived: only then are the bytes of stdin sent, so
 *   that a `head` that reads ahead (busybox) cannot take them.
 * - Each script gets a shell of its own; what it leaves of its stdin is drained, so that the stream stays in step.
 */
const loop = [
  'cd /; PATH=${PATH:+$PATH:}/usr/sbin:/sbin; LC_ALL=C; export PATH LC_ALL; IFS= read -r n || exit 1;',
  'm() { printf "%s %s %s\\n" "$n" "$1" "$2"; printf "%s %s %s\\n" "$n" "$1" "$2" >&2; };',
  'm 0 hello;',
  'while read -r i l z; do case $z in',
  '-) m "$i" go; head -c "$l" | sh;;',
  '=) s=$(head -c "$l"); m "$i" go; eval "$s" </dev/null;;',
  '*) s=$(head -c "$l"); m "$i" go;',
  'head -c "$z" | { printf "%s\\n" "$s" | sh; r=$?; cat <&3 >/dev/null; exit "$r"; } 3<&0;;',
  'esac; m "$i" "$?"; done',
].join(' ')

/** The command for sshd's exec: a shell that runs the loop. */
export const shellCommand = `exec sh -c '${loop}'`

/** The shell's words for sudo: `ready` is printed before anything is read, so that we know that sudo asks for no password. */
export const readyShellWords = (ready: string): string => `sh -c 'echo ${ready}; ${loop}'`
export const plainShellWords = `sh -c '${loop}'`

/** What a script gets as stdin: `-` /dev/null, a number so many bytes that follow; `=`: it runs in the loop's own shell. */
export type FrameKind = '-' | '=' | number

/**
 * One request as it is sent. The shell parses all of `{ … }` before it runs any of it: a script that is cut on its way
 * is a syntax error and runs nothing.
 */
export function frameBytes(id: string, kind: FrameKind, script: string): Buffer {
  const body = Buffer.from(`{ ${stdinOf(kind)}eval ${quote(script)}\n${kind === '=' ? '' : 'exit $?\n'}}\n`)
  return Buffer.concat([Buffer.from(`${id} ${body.length} ${kind}\n`), body])
}

const stdinOf = (kind: FrameKind) => (kind === '-' ? 'exec </dev/null; ' : kind === '=' ? '' : 'exec 0<&3 3<&-; ')
