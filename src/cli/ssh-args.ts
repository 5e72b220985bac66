import { InputError } from '../errors.js'
import type { Connection } from '../transport/connection.js'
import { hostKeysAreChecked } from '../transport/ssh-config.js'

/** What `-o` options in ansible_ssh_common_args and its like mean here. */
type FromArgs = Pick<Connection, 'knownHostsFiles' | 'acceptNew' | 'keepalive'>

/** Options of OpenSSH that the connections of netplay have no use for, or that are on anyway. */
const idle =
  /^(controlmaster|controlpersist|controlpath|compression|connecttimeout|loglevel|preferredauthentications|batchmode|identitiesonly)$/i

/**
 * @param texts ansible_ssh_common_args, ansible_ssh_extra_args and the options of the same name
 * @param warn told what is not obeyed
 * @throws {InputError} an option that netplay would have to keep and does not know
 */
export function sshArgs(
  host: string,
  texts: readonly (string | undefined)[],
  warn: (message: string) => void = () => undefined,
): Partial<FromArgs> {
  const found: Partial<FromArgs> = {}
  const words = texts.flatMap(text => text?.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map(word => word.replace(/^(["'])(.*)\1$/, '$2'))
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (word === '-C') continue
    const option = word === '-o' ? words[++i] : word.startsWith('-o') ? word.slice(2) : undefined
    const [name = '', value = ''] = option?.split(/[= ](.*)/s) ?? []
    if (/^userknownhostsfile$/i.test(name)) found.knownHostsFiles = value.split(/\s+/)
    else if (/^stricthostkeychecking$/i.test(name) && /^accept-new$/i.test(value)) found.acceptNew = true
    else if (/^stricthostkeychecking$/i.test(name) && /^(yes|ask)$/i.test(value)) found.acceptNew = false
    else if (/^stricthostkeychecking$/i.test(name) && /^(no|off)$/i.test(value))
      warn(hostKeysAreChecked(`StrictHostKeyChecking=${value} in ansible_ssh_args`))
    else if (/^serveralive(interval|countmax)$/i.test(name) && /^\d+$/.test(value)) keep(found, name, Number(value))
    else if (option === undefined || !idle.test(name))
      throw new InputError(`${host}: ssh option "${option ?? word}" is not supported here`, {
        next: 'Put it into ~/.ssh/config if it can be there, or leave it out.',
      })
  }
  return found
}

/** How soon a host that fell silent counts as lost. */
function keep(found: Partial<FromArgs>, name: string, value: number) {
  const { intervalMs, count } = found.keepalive ?? { intervalMs: 15_000, count: 3 }
  found.keepalive = /interval/i.test(name) ? { intervalMs: value * 1000, count } : { intervalMs, count: value }
}
