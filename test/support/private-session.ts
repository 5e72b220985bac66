import { userInfo } from 'node:os'
import { FramedSession, type Line } from '../../src/transport/framed-session.js'
import { openShell } from '../../src/transport/open-shell.js'
import type { Session } from '../../src/transport/session.js'
import { quote } from '../../src/shell.js'
import { startLocally } from './local-shell.js'

/** Empty in the session's shell, and gone with it. */
export const privateFolders = ['/run', '/srv', '/var/lib']

/** Shell text: the command in a place of its own, where a few folders are empty. Needs root. */
export const inPrivatePlace = (command: string) => `exec unshare --mount --propagation private sh -c ${quote(setup)} sh ${quote(command)}`

const setup = `${privateFolders.map(folder => `mount -t tmpfs -o mode=755 none ${folder}`).join(' && ')} && exec sh -c "$1"`

/** A Session whose host is this machine, but for a few folders that are its own: plans are made and applied there for real. Needs root. */
export async function openPrivateSession(host = 'n1'): Promise<Session> {
  const line: Line = {
    lost: undefined,
    forward: () => Promise.reject(new Error('a local shell forwards nothing')),
    close: () => Promise.resolve(),
  }
  const open = () =>
    openShell(async command => startLocally(inPrivatePlace(command)), {
      host,
      timeoutMs: 20_000,
    })
  return new FramedSession(host, userInfo().username, line, await open(), open)
}
