import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { InputError } from '../errors.js'
import { exitCodes } from './exit-code.js'

/**
 * Has a text edited with $VISUAL, $EDITOR or vi, in a file that is this user's alone, in a folder that is this user's alone. Both are gone
 * afterwards, also when the editor fails or a signal ends netplay.
 * @param name of the file: editors choose colours by it
 * @throws {InputError} the editor failed
 */
export async function edited(text: Buffer, name: string): Promise<Buffer> {
  // Where there is one, a folder in memory that goes with the login.
  const folder = await mkdtemp(join(process.env['XDG_RUNTIME_DIR'] || tmpdir(), 'netplay-vault-'))
  const file = join(folder, basename(name))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const release = onSignals(remove)
  try {
    await writeFile(file, text, { mode: 0o600 })
    await ranEditor(file)
    return await readFile(file)
  } finally {
    remove()
    release()
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

function onSignals(remove: () => void): () => void {
  const end = () => {
    remove()
    process.exit(exitCodes.interrupted)
  }
  for (const signal of signals) process.prependListener(signal, end)
  process.on('exit', remove)
  return () => {
    for (const signal of signals) process.off(signal, end)
    process.off('exit', remove)
  }
}

async function ranEditor(file: string): Promise<void> {
  const editor = process.env['VISUAL'] || process.env['EDITOR'] || 'vi'
  // As git has it: the variable is shell text, the name one word of its own.
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' })
  const stop = () => child.kill()
  process.once('exit', stop)
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  process.off('exit', stop)
  if (code === 0) return
  throw new InputError(`the editor (${editor}) ended with ${code === null ? signal : `status ${code}`}`, {
    next: 'Set EDITOR to one that works; the file is as it was.',
  })
}
