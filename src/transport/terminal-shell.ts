import { randomBytes } from 'node:crypto'
import { quote } from '../shell.js'
import { channelEnd, type ShellChannel } from './shell-channel.js'

/** Starts a command on the host; with a terminal, all that it reads and prints goes through that. */
export type Start = (command: string, terminal?: boolean) => Promise<ShellChannel>

/**
 * Frames do not go through the terminal, which would change bytes and mix both outputs: the program has it as its controlling
 * terminal only (/dev/tty), while stdin and outputs are named pipes that a second channel fills and empties. Their folder is
 * there, for the login user alone, until both ends are open.
 * @param words shell words of the program
 */
export async function openWithTerminal(start: Start, words: string): Promise<ShellChannel> {
  const mark = `netplay-pipes-${randomBytes(8).toString('hex')}`
  const terminal = await start(`exec sh -c ${quote(`${makePipes} echo "${mark} $d "; ${usePipes}`)} sh ${words}`, true)
  try {
    const pipes = await start(`exec sh -c ${quote(relay)} sh ${quote(await folderAfter(mark, terminal))}`)
    pipes.stdin.write('go\n')
    return joined(terminal, pipes)
  } catch (error) {
    terminal.destroy()
    throw error
  }
}

// Each end is opened for both directions first, which never waits for the other end, and so never for ever.
const makePipes =
  'umask 077; d=$(mktemp -d) || exit 1; r() { rm -rf "$d"; }; trap r EXIT; trap "exit 1" HUP TERM; ' +
  'mkfifo "$d/0" "$d/1" "$d/2" || exit 1; exec 3<>"$d/0" 4<>"$d/1" 5<>"$d/2";'

// The end of the connection hangs the terminal up, which must not end a program inside a step: it ends between two, when nobody reads it.
// This shell stays, with the terminal open: sshd reads no more from a terminal that nobody has open, and doas opens it anew.
const usePipes =
  'read -r go <&3 || exit 1; exec 6<"$d/0" 7>"$d/1" 8>"$d/2" 3>&- 4>&- 5>&-; r; trap - EXIT TERM; trap "" HUP; ' +
  '"$@" <&6 >&7 2>&8 6<&- 7>&- 8>&-; exit "$?"'

const relay =
  'd=$1; exec 3<>"$d/0" 4<>"$d/1" 5<>"$d/2"; exec 6>"$d/0" 7<"$d/1" 8<"$d/2" 3>&- 4>&- 5>&-; ' +
  'cat <&7 6>&- 8<&- & a=$!; cat <&8 >&2 6>&- 7<&- & b=$!; exec 7<&- 8<&-; cat >&6; kill "$a" "$b"'

/** @throws {Error} the terminal ended, or said too much, before the pipes were there */
function folderAfter(mark: string, terminal: ShellChannel): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const look = (chunk: Buffer) => {
      said += chunk.toString('latin1')
      const [, folder] = new RegExp(`${mark} (\\S+) `).exec(said) ?? []
      if (folder === undefined && said.length < maxNoise) return
      terminal.stdout.off('data', look)
      if (folder === undefined) reject(new Error('it prints without an end'))
      else resolve(folder)
    }
    terminal.stdout.on('data', look)
    terminal.stderr.resume()
    void terminal.ended.then(() => reject(new Error(said.trim() || 'the shell ended at once')))
  })
}

const maxNoise = 64 * 1024

function joined(terminal: ShellChannel, pipes: ShellChannel): ShellChannel {
  const { ended, exited } = channelEnd()
  void terminal.ended.then(exited)
  void pipes.ended.then(exited)
  const destroy = () => {
    pipes.destroy()
    terminal.destroy()
  }
  return { stdin: pipes.stdin, stdout: pipes.stdout, stderr: pipes.stderr, terminal, ended, destroy }
}
