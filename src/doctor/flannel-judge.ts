import type { Evidence } from './cause.js'
import type { EtcdSeen } from './etcd-seen.js'
import type { Flannel } from './flannel-view.js'
import { shortened } from './text-file.js'
import type { Fleet, HostView } from './view.js'

export const etcdOf = ({ name }: HostView, { etcd }: Fleet): EtcdSeen | undefined =>
  etcd.find(({ accesses }) => accesses.some(({ host, who }) => host === name && who === 'flannel'))

/** What a daemon that does not run said last. */
export function saidBy({ snapshot }: HostView, { unit }: Flannel, pattern: RegExp): Evidence[] | undefined {
  const line = snapshot.journals.get(unit.name)?.findLast(each => pattern.test(each))
  return line === undefined ? undefined : [{ text: shortened(line), where: `journalctl -u ${unit.name}` }]
}

export const stateOf = ({ unit }: Flannel): Evidence[] => [
  { text: `${unit.properties['ActiveState'] ?? ''} (${unit.properties['SubState'] ?? ''})`, where: `systemctl status ${unit.name}` },
]

export const list = (words: readonly string[]) =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
