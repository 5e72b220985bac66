import { existsSync } from 'node:fs'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { must, run } from '../../lab/command.js'

export const ansibleVersion = '2.19.14'

/** Where ansible-core is kept between runs: that of the bench and of the tests is one. */
export const ansibleCache = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'netplay', 'bench')

/** An installation takes a minute; a lock that is older was left by one that was killed. */
const lockMs = 10 * 60_000

/**
 * A virtual environment with ansible-core, made once and kept. Whoever comes while it is made waits for it.
 * @returns the folder of its programs
 * @throws {Error} python3 or its venv is missing, or pip cannot install: with what to do
 */
export async function ansibleIn(cacheFolder: string, say: (line: string) => void): Promise<string> {
  const venv = join(cacheFolder, `ansible-core-${ansibleVersion}`)
  const done = join(venv, 'done')
  await mkdir(cacheFolder, { recursive: true })
  while (!existsSync(done)) {
    if (!(await lock(`${venv}.lock`))) await sleep(300)
    else
      try {
        if (!existsSync(done)) await install(venv, done, say)
      } finally {
        await rm(`${venv}.lock`, { recursive: true, force: true })
      }
  }
  return join(venv, 'bin')
}

async function install(venv: string, done: string, say: (line: string) => void): Promise<void> {
  say(`installing ansible-core ${ansibleVersion} into ${venv}, once`)
  await checkPython()
  await rm(venv, { recursive: true, force: true })
  await must(['python3', '-m', 'venv', venv])
  await must([join(venv, 'bin/pip'), 'install', '--quiet', '--disable-pip-version-check', `ansible-core==${ansibleVersion}`])
  await writeFile(done, '')
}

async function checkPython(): Promise<void> {
  const needs = 'import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))'
  const { code, stderr } = await run(['python3', '-c', needs]).catch((error: Error) => ({ code: 127, stderr: error.message }))
  if (code === 0) return
  throw new Error(
    `tests against ansible-core ${ansibleVersion} need python3 3.11 or newer with venv and pip: ${stderr.trim() || 'it is older'}\n` +
      'Next: apt-get install python3-venv (or the like), then run the tests again.',
  )
}

/** A folder is made by one process only. */
async function lock(folder: string): Promise<boolean> {
  try {
    await mkdir(folder)
    return true
  } catch {
    const made = await stat(folder).catch(() => undefined)
    if (made && Date.now() - made.mtimeMs > lockMs) await rm(folder, { recursive: true, force: true })
    return false
  }
}
