import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { meshGone } from '../../roles/route-reflector/mesh-gone.js'
import { paramsSchema } from '../../roles/route-reflector/params.js'
import role from '../../roles/route-reflector/role.js'
import { rrSessions } from '../../roles/route-reflector/rr-sessions.js'
import { strayReflectors } from '../../roles/route-reflector/strays.js'
import { bgpSessions } from '../../roles/calico-node/checks.js'
import type { Facts } from '../../src/facts/facts.js'
import { mistakesOf } from '../../src/playbook/schema.js'
import type { AbsentRoleHost, RoleContext, RoleHost } from '../../src/playbook/role.js'
import type { Verdict } from '../../src/resources/resource.js'
import { asText, bareHost, contextOf, desiredOf } from './role-context.js'

const docker = { docker: 'running' as const, tools: { docker: true } as Facts['tools'] }
const hostOf = (number: number, groups: string[], vars = {}): RoleHost => ({ ...bareHost(number, docker, vars), groups })
const [n1, n2] = [1, 2].map(number => hostOf(number, ['nodes'])) as [RoleHost, RoleHost]
const [n5, n6] = [5, 6].map(number => hostOf(number, ['route_reflectors'])) as [RoleHost, RoleHost]
const gone = hostOf(7, ['route_reflectors'], { route_reflector_retired: 'true' })
const dead: AbsentRoleHost = { ...hostOf(8, ['route_reflectors'], { route_reflector_retired: true }), reason: 'its board is broken' }

interface Given {
  profile?: 'current' | 'classic'
  reflectors?: RoleHost[]
  absent?: AbsentRoleHost[]
  params?: Record<string, unknown>
}

function contextFor(
  host: RoleHost,
  part: string,
  { profile = 'classic', reflectors = [n5, n6, gone], absent = [], params = {} }: Given = {},
) {
  const all = { profile, ...params }
  expect(mistakesOf(paramsSchema, all, { fillDefaults: true })).toEqual([])
  const context = contextOf(all, [host], part) as RoleContext<unknown>
  return { ...context, absent, groups: { nodes: [n1, n2], etcd: [n1], route_reflectors: reflectors } } as never
}
const tasksOn = (...given: Parameters<typeof contextFor>) => asText(role.tasks(contextFor(...given)))

describe('profile classic', () => {
  test('a reflector brings its calicoctl, runs under its unit, and has its sessions before anything else happens', () =>
    expect(tasksOn(n5, 'reflect', { params: { calicoctl: '/srv/calicoctl' } })).toEqual([
      'binary file:/usr/local/bin/calicoctl Install calicoctl',
      'directory file:/etc/calico Folder of calico',
      'file file:/etc/calico/calicoctl.cfg Write calicoctl.cfg',
      'container-image image:docker/any/docker.io/calico/routereflector:v0.4.0 Image of the reflector',
      'etcd-key etcd2:/calico/bgp/v1/rr_v4/198.18.0.15 Record of the reflector',
      'file file:/etc/calico/calico-rr.env Write calico-rr.env',
      'file file:/etc/systemd/system/calico-rr.service Write calico-rr.service',
      'systemd-unit unit:calico-rr.service Run the reflector',
      'calico-resource calico:bgpPeer/198.18.0.15 Every node peers with it',
      'gate rr-sessions The reflector has a session with every node',
    ]))

  test('the unit runs the image with the whole environment and the folder of the certificates', () => {
    const tasks = role.tasks(contextFor(n5, 'reflect'))
    const unit = desiredOf(tasks, 'Write calico-rr.service')['content'] as string
    for (const line of [
      'Requires=docker.service',
      'ExecStartPre=-/usr/bin/docker rm -f calico-rr',
      '  --name=calico-rr \\',
      '  --env-file=/etc/calico/calico-rr.env \\',
      '  /etc/kubernetes/ssl:/etc/kubernetes/ssl:ro \\',
      '  docker.io/calico/routereflector:v0.4.0',
      'ExecStop=-/usr/bin/docker stop calico-rr',
      'Restart=always',
    ])
      expect(unit.split('\n')).toContain(line)
    expect(desiredOf(tasks, 'Write calico-rr.env')['content']).toMatch(/^IP=198\.18\.0\.15\nETCD_ENDPOINTS=https:\/\/198\.18\.0\.11:2379\n/)
  })

  test('without docker the reflector runs through ctr', () => {
    const host = {
      ...n5,
      facts: { ...n5.facts!, docker: 'absent' as const, containerd: 'running' as const, tools: { ctr: true } as Facts['tools'] },
    }
    const unit = desiredOf(role.tasks(contextFor(host, 'reflect')), 'Write calico-rr.service')['content'] as string
    expect(unit).toContain('ExecStart=/usr/bin/env \\\n  ctr \\\n  run \\\n  --rm \\\n  --net-host')
    expect(unit).toMatch(/^ExecStartPre=-\/bin\/sh -c ".*ctr containers delete \\"\$\$0\\"" calico-rr$/m)
  })

  test.each<[string, RoleHost, string, Given, string[]]>([
    ['a retired host does not reflect', gone, 'reflect', {}, []],
    ['a reflector is not retired', n5, 'retire', {}, []],
    [
      'nodes forget retired reflectors, dead ones too',
      n1,
      'retire',
      { absent: [dead] },
      [
        'calico-resource calico:bgpPeer/198.18.0.17 No node peers with n7',
        'etcd-key etcd2:/calico/bgp/v1/rr_v4/198.18.0.17 No record of n7 as a reflector',
        'calico-resource calico:bgpPeer/198.18.0.18 No node peers with n8',
        'etcd-key etcd2:/calico/bgp/v1/rr_v4/198.18.0.18 No record of n8 as a reflector',
      ],
    ],
    [
      'a retired reflector stops',
      gone,
      'retire',
      {},
      [
        'systemd-unit unit:calico-rr.service Stop the reflector',
        'absent file:/etc/systemd/system/calico-rr.service No calico-rr.service',
        'absent file:/etc/calico/calico-rr.env No calico-rr.env',
        'command No container of the reflector',
      ],
    ],
    [
      'on the way back nodes forget all of them',
      n1,
      'renounce',
      { reflectors: [n5] },
      [
        'calico-resource calico:bgpPeer/198.18.0.15 No node peers with n5',
        'etcd-key etcd2:/calico/bgp/v1/rr_v4/198.18.0.15 No record of n5 as a reflector',
      ],
    ],
  ])('%s', (_what, host, part, given, tasks) => expect(tasksOn(host, part, given)).toEqual(tasks))

  const titles = (host: RoleHost, part: string, params = {}) =>
    role.preconditions!(contextFor(host, part, { params })).map(({ title }) => title)
  test('a reflector that only stops asks nothing of etcd, and who brings calicoctl need not have it', () => {
    expect([...titles(gone, 'retire'), ...titles(gone, 'reflect'), ...titles(n5, 'renounce')]).toEqual([])
    expect(titles(n5, 'reflect')).toContain('calicoctl is installed')
    expect(titles(n5, 'reflect', { calicoctl: '/srv/calicoctl' })).not.toContain('calicoctl is installed')
    expect(titles(n1, 'retire', { calicoctl: '/srv/calicoctl' })).toContain('calicoctl is installed')
    expect([n1, n2].map(host => titles(host, 'retire').includes('every reflector is known'))).toEqual([true, false])
  })

  test('a host that is a node cannot reflect as well: both want port 179', () => {
    const both = hostOf(1, ['nodes', 'route_reflectors'])
    const told = role.mistakes!(contextFor(both, 'reflect', { reflectors: [both, n5] }))
    expect(told.map(({ problem }) => problem)).toEqual([expect.stringMatching(/^n1 is in group "nodes" too: .*port 179/)])
    expect(role.mistakes!(contextFor(both, 'reflect', { reflectors: [both, n5], profile: 'current' }))).toEqual([])
  })
})

test('profile current: a retired reflector is a plain node again', () =>
  expect(tasksOn(gone, 'retire', { profile: 'current' })).toEqual(['calico-resource calico:Node/n7 This node reflects no more']))

test('where all of the group are retired nobody reflects', () =>
  expect(role.mistakes!(contextFor(n1, 'mesh-off', { reflectors: [gone] }))).toMatchObject([{ problem: /no host is in group/ }]))

const cluster = { api: 'v2' as const, endpoints: ['https://198.18.0.11:2379'] }
const at = (key: string, value: string | null) => ({ key: `/calico/bgp/v1/${key}`, value, revision: 1 })
const keys = [
  at('host/n1/ip_addr_v4', '198.18.0.1'),
  at('host/n2/ip_addr_v4', '198.18.0.11'),
  at('global/node_mesh', '{"enabled":false}'),
  at('global/peer_v4/198.18.0.15', '{"ip":"198.18.0.15","as_num":"64512"}'),
  at('rr_v4/198.18.0.15', '{}'),
  at('rr_v4/198.18.0.19', '{}'),
]
const seen = { etcd: keys } as never
const answered = (output: string) => ({ exit: 0, output }) as never
const line = (name: string, info: string) => `${name} BGP      master   up     2016-11-21  ${info}`

test.each<[string, string[], string[], Partial<Verdict>]>([
  ['all there', [line('Global_198_18_0_1', 'Established'), line('Global_198_18_0_11', 'Established')], [], { holds: true }],
  ['an address that another begins with', [line('Global_198_18_0_11', 'Established')], [], { holds: false }],
  ['not yet up', [line('Global_198_18_0_1', 'Active'), line('Global_198_18_0_11', 'Established')], [], { holds: false }],
  ['one that is down', [line('Global_198_18_0_11', 'Established')], ['n1'], { holds: true }],
])('sessions of a reflector of 2017: %s', (_what, lines, down, verdict) =>
  expect(rrSessions.verdict({ cluster, exec: [], down }, seen, answered(lines.join('\n')))).toMatchObject(verdict),
)

test('a reflector that nobody names any more is told', () => {
  expect(strayReflectors.verdict({ cluster, known: ['198.18.0.15'] }, seen, answered(''))).toMatchObject({
    holds: true,
    warning: expect.stringMatching(/^198\.18\.0\.19 reflects routes and is not in the group .*route_reflector_retired=true$/) as string,
  })
  expect(strayReflectors.verdict({ cluster, known: ['198.18.0.15', '198.18.0.19'] }, seen, answered(''))).toEqual({ holds: true })
})

test('a session with a reflector of 2017 that is declared away is not waited for', () => {
  const params = { cluster, nodeName: 'n1', exec: [], profile: 'classic' as const }
  const output = `--protocols\n${line('Global_198_18_0_15', 'Active')}\n--status\n0013 Daemon is up and running\n`
  expect(bgpSessions.verdict(params, seen, answered(output))).toMatchObject({ holds: false })
  expect(bgpSessions.verdict({ ...params, away: ['198.18.0.15'] }, seen, answered(output))).toMatchObject({ holds: true })
})

describe('until the sessions of the mesh are gone', () => {
  /** Runs a text with a BIRD that gives these answers in turn, the last one for ever. @returns how often calico.service was restarted */
  function restartsOf(text: string, answers: string[], afterRestart = ''): { restarts: number; exit: number } {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-gone-'))
    const put = (name: string, script: string) => {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
      chmodSync(join(folder, name), 0o755)
    }
    answers.forEach((answer, i) => writeFileSync(join(folder, `answer.${i + 1}`), answer))
    put(
      'docker',
      `cd ${folder}; [ ! -s restarts ] || { cat after; exit; }; n=$(($(cat n 2>/dev/null || echo 0) + 1)); [ "$n" -le ${answers.length} ] || n=${answers.length}; echo $n >n
       [ "$(cat answer.$n)" != silent ] || exit 1; cat answer.$n`,
    )
    put('systemctl', `echo "$@" >>${folder}/restarts`)
    put('sleep', ':')
    writeFileSync(join(folder, 'after'), afterRestart)
    writeFileSync(join(folder, 'restarts'), '')
    try {
      const env = { ...process.env, PATH: `${folder}:${process.env.PATH ?? ''}` }
      let exit = 0
      try {
        execFileSync('sh', ['-euc', text], { env })
      } catch (error) {
        exit = (error as { status: number }).status
      }
      return { restarts: readFileSync(join(folder, 'restarts'), 'utf8').split('\n').filter(Boolean).length, exit }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  const mesh = line('Mesh_198_18_0_12', 'Established')
  const plain = line('Global_198_18_0_15', 'Established')
  const { run, done, undo } = meshGone(['docker', 'exec', 'calico-node'], 3)

  test.each<[string, string[], number]>([
    ['gone at once', [plain], 0],
    ['gone after a while', [mesh, mesh, plain], 0],
    ['never gone by itself', [mesh], 1],
    ['BIRD does not answer for a while', ['silent', 'silent', plain], 0],
  ])('%s', (_what, answers, restarts) => expect(restartsOf(run, answers, plain)).toEqual({ restarts, exit: 0 }))

  test('it is done when BIRD says so, and not while it says nothing', () => {
    expect([plain, mesh, 'silent'].map(answer => restartsOf(done, [answer]).exit)).toEqual([0, 1, 1])
    expect(restartsOf(undo, [plain, mesh])).toEqual({ restarts: 0, exit: 0 })
  })

  test('each node has a turn of its own', () => {
    const [first, second] = [n1, n2].map(
      host => desiredOf(role.tasks(contextFor(host, 'mesh-off')), 'Sessions of the mesh are gone')['run'],
    )
    expect(first).toContain('waits 20 gone')
    expect(second).toContain('waits 40 gone')
  })
})
