import type { Facts } from '../../src/facts/facts.js'
import type { RoleContext, RoleHost } from '../../src/playbook/role.js'
import type { Task } from '../../src/resources/resource.js'
import { paramsSchema } from '../../roles/flannel/params.js'

type Defaulted = Record<string, { default?: unknown }>

/** Parameters as the schema's defaults and these make them. */
export const flannelParams = (given: Record<string, unknown> = {}) =>
  ({
    ...Object.fromEntries(
      Object.entries(paramsSchema.properties as Defaulted).flatMap(([name, { default: value }]) =>
        value === undefined ? [] : [[name, value]],
      ),
    ),
    network: '10.244.0.0/16',
    ...given,
  }) as never

/** A bare host of the lab, as it tells its facts. */
export const bareHost = (number: number, facts: Partial<Facts> = {}, vars: Record<string, unknown> = {}): RoleHost => {
  const address = `198.18.0.${10 + number}`
  return {
    name: `n${number}`,
    address,
    groups: ['nodes'],
    vars: new Map(Object.entries(vars)),
    facts: {
      ...{ hostname: `n${number}`, machineId: String(number).repeat(32), arch: 'x86_64', uid: 0, init: 'systemd', systemdVersion: 252 },
      ...{ isSelinuxEnforcing: false, isAddressKnown: true, memoryBytes: 2e9, uptimeSeconds: 60, clockMs: 1, bootedAtMs: 0 },
      os: { id: 'debian', versionId: '12', prettyName: 'Debian 12', like: [] },
      kernel: { release: '6.1.0', version: [6, 1, 0] },
      tools: { ip: true, iptables: true, ping: true, curl: true, openssl: true },
      interfaces: [link('lo', '', '127.0.0.1', 8), { ...link('host0', `02:00:00:00:00:0${number}`, address, 24) }],
      routes: [
        { to: 'default', via: '198.18.0.1', dev: 'host0', metric: 0 },
        { to: '198.18.0.0/24', dev: 'host0', metric: 0, proto: 'kernel' },
      ],
      docker: 'absent',
      containerd: 'absent',
      ...facts,
    },
  }
}

export const link = (name: string, mac: string, address: string, prefixLength: number, mtu = 1500): Facts['interfaces'][number] => ({
  name,
  mac,
  mtu,
  isUp: true,
  hasLink: true,
  addresses: [{ address, prefixLength, family: 4, scope: 'global' }],
})

/** What a role sees on the first of these hosts; n1 carries etcd. */
export function contextOf<P>(params: P, hosts: RoleHost[] = [1, 2, 3].map(number => bareHost(number)), part?: string): RoleContext<P> {
  const [host] = hosts as [RoleHost]
  return {
    host,
    peers: hosts,
    absent: [],
    groups: { nodes: hosts, etcd: [host] },
    params,
    paramsOf: peer => {
      const iface = peer.vars.get('flannel_iface')
      return iface === undefined ? params : { ...params, iface }
    },
    vars: () => undefined,
    ...(part === undefined ? {} : { part }),
  }
}

/** Tasks as a reader sees them: kind, key, title; gates among them. The key of a command is a digest, so it is left out. */
export const asText = (tasks: readonly Task[]): string[] =>
  tasks.map(task => {
    if (task.type === 'gate') return `gate ${task.check.kind.kind} ${task.title}`
    const key = task.kind.key(task.desired)
    return [task.kind.kind, ...(task.kind.kind === 'command' ? [] : [key]), task.title].join(' ')
  })

/** What the task of this title wants. */
export function desiredOf(tasks: readonly Task[], title: string): Record<string, unknown> {
  const task = tasks.find(each => each.title === title)
  if (task === undefined || task.type === 'gate') throw new Error(`no task "${title}" among ${tasks.map(each => each.title).join(', ')}`)
  return task.desired as Record<string, unknown>
}
