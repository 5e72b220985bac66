import fc from 'fast-check'
import { load } from 'js-yaml'
import calicoNode from '../../roles/calico-node/role.js'
import certs from '../../roles/certs/role.js'
import etcdSeed from '../../roles/etcd-seed/role.js'
import flannel from '../../roles/flannel/role.js'
import kubeProxy from '../../roles/kube-proxy/role.js'
import routeReflector from '../../roles/route-reflector/role.js'
import { NetplayError } from '../../src/errors.js'
import type { Role } from '../../src/playbook/role.js'
import { mistakesOf } from '../../src/playbook/schema.js'
import { validateTask } from '../../src/playbook/validate-task.js'
import type { Task } from '../../src/resources/resource.js'
import { anyOfSchema } from '../support/any-params.js'
import { bareHost, contextOf } from './role-context.js'

const roles: [string, Role<never>, string | undefined][] = [
  ['etcd-seed', etcdSeed, undefined],
  ['flannel', flannel, undefined],
  ['calico-node', calicoNode, undefined],
  ...['announce', 'reflect', 'mesh-off', 'retire', 'mesh-on', 'renounce'].map((part): [string, Role<never>, string] => [
    'route-reflector',
    routeReflector as never,
    part,
  ]),
  ['kube-proxy', kubeProxy, undefined],
  ...['bundle', 'leaf', 'finish'].map((part): [string, Role<never>, string] => ['certs', certs as never, part]),
]
const hosts = [1, 2, 3].map(number => bareHost(number, { docker: 'running', tools: { ip: true, iptables: true, docker: true } as never }))

/** The role's tasks on a host, with its own refusals as an answer. */
function tasksOf(role: Role<never>, params: unknown, part: string | undefined): Task[] | 'refused' {
  const context = { ...contextOf(params as never, hosts, part), groups: { nodes: hosts, etcd: hosts, route_reflectors: hosts.slice(0, 2) } }
  try {
    if (role.mistakes?.(context).some(({ isWarning }) => isWarning !== true)) return 'refused'
    const tasks = role.tasks(context)
    tasks.forEach(validateTask)
    return tasks
  } catch (error) {
    // Told, with what to do: never a program that broke.
    if (!(error instanceof NetplayError)) throw error
    return 'refused'
  }
}

/** Parse what a task puts on a host or into the cluster. @throws what makes it no artefact of its kind */
function parse(task: Task): void {
  if (task.type === 'gate') return
  const desired = task.desired as Record<string, unknown>
  if (task.kind.kind === 'file' && typeof desired['content'] === 'string') parseFile(String(desired['path']), desired['content'])
  const cluster = desired['cluster'] as { endpoints: string[] } | undefined
  for (const endpoint of cluster?.endpoints ?? [])
    expect(new URL(endpoint)).toMatchObject({ protocol: expect.stringMatching(/^https?:$/), pathname: '/' })
  if (task.kind.kind === 'etcd-key') {
    const { value } = desired
    if (typeof value === 'string') JSON.parse(value)
    expect(String(desired['key'])).toMatch(/^\/[^\n]+$/)
  }
}

function parseFile(path: string, content: string): void {
  if (path.endsWith('.service')) return parseUnit(content)
  if (/\.(conflist|json)$/.test(path)) {
    const { name, cniVersion, plugins } = JSON.parse(content) as Record<string, unknown>
    return expect([typeof name, typeof cniVersion, Array.isArray(plugins)]).toEqual(['string', 'string', true])
  }
  if (/\.(ya?ml|cfg)$/.test(path)) return expect(typeof load(content)).toBe('object')
  if (path.endsWith('.env')) for (const line of content.trimEnd().split('\n')) expect(line).toMatch(/^[A-Z][A-Z0-9_]*=[^\n]*$/)
}

/** Sections, then assignments; a line that ends with a backslash goes on. No specifier or variable of systemd's is left. Source: systemd.syntax(7). */
function parseUnit(content: string): void {
  const lines = content.replaceAll('\\\n', ' ').split('\n')
  for (const line of lines) expect(line).toMatch(/^(?:|#.*|\[(Unit|Service|Install)\]|[A-Z][A-Za-z]+=.*)$/)
  const starts = lines.filter(line => line.startsWith('ExecStart='))
  expect(starts).toHaveLength(1)
  expect(starts[0]).toMatch(/^ExecStart=[^"]*(?:"(?:[^"\\]|\\.)*"[^"]*)*$/)
}

test.each(roles.map(([name, role, part]) => [[name, part].filter(Boolean).join('/'), role, part] as const))(
  'whatever the variables of %s, it refuses them with a word or makes artefacts that are whole',
  (_name, role, part) => {
    let made = 0
    fc.assert(
      fc.property(anyOfSchema(role.params as never), params => {
        // What only several fields together say (a pattern and a format, a default) is the schema's to refuse.
        if (mistakesOf(role.params, params, { fillDefaults: true }).length > 0) return
        const tasks = tasksOf(role, params, part)
        if (tasks === 'refused') return
        made++
        tasks.forEach(parse)
      }),
      { numRuns: 400 },
    )
    expect(made).toBeGreaterThan(30)
  },
)
