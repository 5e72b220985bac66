import { spawn } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { openShell } from '../../src/transport/open-shell.js'
import { FramedSession, type Line } from '../../src/transport/framed-session.js'
import { channelEnd, type ChannelEnd, type ShellChannel } from '../../src/transport/shell-channel.js'
import type { Become, Session } from '../../src/transport/session.js'

/** A command of this machine, started as sshd would start it for `exec`, without sshd. */
export function startLocally(command: string, env: NodeJS.ProcessEnv = process.env): ShellChannel {
  const child = spawn('/bin/sh', ['-c', command], { env, stdio: 'pipe' })
  const { ended, exited, closed } = channelEnd()
  const endOf = (code: number | null, signal: string | null): ChannelEnd => (signal ? { signal } : { exit: code ?? 255 })
  child.on('exit', (code, signal) => exited(endOf(code, signal)))
  child.on('close', (code, signal) => closed(endOf(code, signal)))
  const destroy = () => {
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
    child.kill()
  }
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, ended, destroy }
}

export interface LocalOptions {
  host?: string
  /** what `sh` is there: a path, e.g. /bin/bash; default this machine's */
  sh?: string
  become?: Become
  env?: NodeJS.ProcessEnv
  timeoutMs?: number
}

/** A Session on this machine: the real frames on a real shell, without SSH. `close` removes what it made. */
export async function openLocalSession({
  host = 'local',
  sh,
  become,
  env = process.env,
  timeoutMs = 5000,
}: LocalOptions = {}): Promise<Session> {
  const folder = await mkdtemp(join(tmpdir(), 'netplay-sh-'))
  if (sh) await symlink(sh, join(folder, 'sh'))
  const line: Line = {
    lost: undefined,
    forward: () => Promise.reject(new Error('a local shell forwards nothing')),
    close: () => rm(folder, { recursive: true, force: true }),
  }
  const path = [folder, env['PATH']].join(':')
  const open = () => openShell(async command => startLocally(command, { ...env, PATH: path }), { host, become, timeoutMs })
  try {
    return new FramedSession(host, userInfo().username, line, await open(), open)
  } catch (error) {
    await line.close()
    throw error
  }
}
