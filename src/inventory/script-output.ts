import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { InputError, printable, type Origin } from '../errors.js'
import { maxSourceBytes } from '../limited-file.js'
import { toldIfLong } from '../waiting.js'

export interface ScriptLimits {
  /** From start to end; default five minutes. Ansible waits for ever. */
  timeoutMs?: number
  /** Of standard output; default 16 MB, as for any source. */
  mostBytes?: number
}

/** What a script says on standard error is shown in an error, up to here. */
const shownStderr = 2000

/**
 * Standard output of an inventory script. It runs as the admin, with the admin's environment and nothing on standard input; its children are
 * ended with it.
 * @param words `--list`, or `--host` and a name
 * @throws InputError it cannot be started, ends with another status than 0, takes or prints too much: with what it said on standard error
 */
export async function runScript(path: string, words: readonly string[], limits: ScriptLimits = {}): Promise<Buffer> {
  const { timeoutMs = 5 * 60_000, mostBytes = maxSourceBytes } = limits
  const origin: Origin = { file: [path, ...words].join(' '), line: 0, column: 0 }
  const child = spawn(path, words, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const end = () => {
    // A group of its own: what the script has started ends too.
    if (child.pid !== undefined) killGroup(child.pid)
  }
  const chunks: Buffer[] = []
  let [size, stderr, problem] = [0, '', '']
  const stop = (why: string) => {
    problem ||= why
    end()
  }
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= mostBytes) chunks.push(chunk)
    else stop(`the inventory script prints more than ${mostBytes / 1024 / 1024} MB`)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < shownStderr) stderr += chunk.toString('utf8')
  })
  const timer = setTimeout(() => stop(`the inventory script takes longer than ${timeoutMs / 1000} s`), timeoutMs)
  process.once('exit', end)
  try {
    const [code, signal] = (await toldIfLong(`the inventory script ${origin.file}`, once(child, 'close'))) as [
      number | null,
      NodeJS.Signals | null,
    ]
    if (problem === '' && code !== 0) problem = `the inventory script ended with ${code === null ? signal : `exit status ${code}`}`
  } catch (cause) {
    throw new InputError(`the inventory script cannot be run (${(cause as NodeJS.ErrnoException).code})`, { origin, cause })
  } finally {
    clearTimeout(timer)
    process.off('exit', end)
  }
  if (problem !== '') throw new InputError(problem + saidBy(stderr), { origin, next: `Run it by itself to see why: ${origin.file}` })
  return Buffer.concat(chunks)
}

function saidBy(stderr: string): string {
  const said = printable(stderr.slice(0, shownStderr)).trim()
  return said === '' ? '' : `, and says:\n${said.replaceAll(/^/gm, '    ')}`
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
