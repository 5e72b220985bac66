#!/usr/bin/env node
import { CommanderError } from 'commander'
import { printable } from '../errors.js'
import { onLongWait } from '../waiting.js'
import { optimizeLate } from './engine.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import { programOf } from './program.js'
import { told } from './told.js'

/** argv -> exit code. What a command needs is imported when it runs: `--version` answers at once. */
export async function main(argv: string[]): Promise<ExitCode> {
  // The lab is an entry of its own: it boots hosts on this machine and has nothing to do with a run.
  if (argv[0] === 'lab') return (await import('../../lab/cli.js')).main(argv.slice(1))
  if (argv[0] === '--complete') return printCandidates(argv.slice(2))
  let exit: ExitCode = exitCodes.done
  const program = programOf(code => (exit = code))
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exit
  } catch (error) {
    // commander has said what it has to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.failed
    return told(error, argv)
  }
}

/** Asked by the shells' completion: `--complete -- WORDS…`. */
async function printCandidates(words: readonly string[]): Promise<ExitCode> {
  const { complete } = await import('./complete.js')
  const candidates = await complete(
    programOf(() => undefined),
    words,
  )
  const lines = candidates.map(({ value, description }) => (description === undefined ? value : `${value}\t${description}`))
  process.stdout.write(
    lines
      .filter(line => !line.includes('\n'))
      .map(line => `${line}\n`)
      .join(''),
  )
  return exitCodes.done
}

/** What is the process's and no command's: signals, a reader who has gone, bugs that nobody awaited. */
function guardProcess() {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // While hosts are written to, somebody else listens as well, and ends between steps.
      if (process.listenerCount(signal) === 1) process.exit(exitCodes.interrupted)
    })
  onLongWait(said => process.stderr.write(`${printable(said)}; Ctrl-C ends it\n`))
  process.on('uncaughtException', error => process.exit(told(error, process.argv)))
  // `netplay … | head`: a run that writes goes on without its reader.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

if ((process.argv[1] !== undefined && import.meta.url.endsWith('main.js')) || process.argv[1]?.endsWith('main.ts')) {
  optimizeLate()
  guardProcess()
  process.exitCode = await main(process.argv.slice(2))
}
