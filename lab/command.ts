import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { constants } from 'node:os'
import { LabCommandError } from './errors.js'

export interface CommandResult {
  stdout: string
  stderr: string
  /** exit status; 128 + n for signal n, 124 when `timeoutMs` passed */
  code: number
}

export interface CommandOptions {
  /** default empty: standard input is at its end at once */
  input?: string | Buffer
  /** default 0: waits for ever */
  timeoutMs?: number
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** called with each chunk of standard error as it comes */
  onStderr?: (chunk: string) => void
}

/** Run a program of this machine to its end. Does not throw on a non-zero status. @throws {LabCommandError} it could not be started */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = start(argv, ['pipe', 'pipe', 'pipe'], options)
  const [stdout, stderr] = [collect(child.stdout!), collect(child.stderr!, options.onStderr)]
  // A program that does not read its input closes the pipe; its exit status tells the story.
  child.stdin!.on('error', () => undefined)
  child.stdin!.end(options.input ?? '')
  let late = false
  const timer = options.timeoutMs ? setTimeout(() => (late = child.kill('SIGKILL')), options.timeoutMs) : undefined
  const code = await ended(child, argv).finally(() => clearTimeout(timer))
  return { stdout: stdout(), stderr: stderr(), code: late ? 124 : code }
}

/** As `run`, and a non-zero status is an error. Resolves to standard output. @throws {LabCommandError} */
export async function must(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await run(argv, options)
  if (result.code !== 0) throw new LabCommandError(argv.join(' '), result)
  return result.stdout
}

/** Start a program; the caller owns it. */
export function start(argv: readonly string[], stdio: StdioOptions, { env, cwd }: CommandOptions = {}, detached = false): ChildProcess {
  const [program = '', ...words] = argv
  return spawn(program, words, { stdio, cwd, detached, env: { ...(env ?? process.env), PATH: searchPath() } })
}

/** Resolves to the exit status, 128 + n for signal n. */
export function ended(child: ChildProcess, argv: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', error => reject(new LabCommandError(argv.join(' '), { stdout: '', stderr: error.message, code: 127 })))
    child.once('close', (code, signal) => resolve(code ?? 128 + signalNumber(signal)))
  })
}

/** Root's tools are not always on the path of whoever ran `sudo`. */
export const searchPath = (): string => `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`

const signalNumber = (signal: NodeJS.Signals | null) => (signal ? (constants.signals[signal] ?? 0) : 0)

const collect = (stream: NodeJS.ReadableStream, onChunk?: (chunk: string) => void) => {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    onChunk?.(chunk.toString())
  })
  return () => Buffer.concat(chunks).toString()
}
