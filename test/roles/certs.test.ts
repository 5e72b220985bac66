import { majority, type MajorityParams } from '../../roles/certs/majority.js'
import { paramsSchema } from '../../roles/certs/params.js'
import { everyHost } from '../../roles/certs/preconditions.js'
import { inputsByReader, readerRuns } from '../../roles/certs/readers.js'
import certs from '../../roles/certs/role.js'
import { coveredNames, type Context, type Params } from '../../roles/certs/sets.js'
import type { RoleHost } from '../../src/playbook/role.js'
import type { Verdict } from '../../src/resources/resource.js'
import { asText, bareHost, contextOf, desiredOf } from './role-context.js'

const hosts: RoleHost[] = [1, 2, 3, 4].map(number => ({ ...bareHost(number), groups: number < 4 ? ['nodes', 'etcd'] : ['nodes'] }))
const member = { ca: '/etc/etcd/pki/ca.pem', cert: '/etc/etcd/pki/etcd.pem', key: '/etc/etcd/pki/etcd-key.pem' }
const sets = [
  { ...member, owner: 'etcd', hosts: 'etcd', readers: ['etcd.service'] },
  { ca: '/k/ca.pem', cert: '/k/kubernetes.pem', key: '/k/kubernetes-key.pem', readers: ['flannel.service'] },
]
const params = (given: Partial<Params> = {}): Params => ({
  ca: 'pki/ca.pem',
  cert: 'pki/{host}.pem',
  key: 'pki/{host}-key.pem',
  sets,
  finish: false,
  ...given,
})
function on(number: number, part: string, given: Partial<Params> = {}): Context {
  const host = hosts[number - 1]!
  return { ...contextOf(params(given), [host], part), peers: hosts, groups: { nodes: hosts, etcd: hosts.slice(0, 3) } }
}
const tasks = (number: number, part: string, given?: Partial<Params>) => certs.tasks(on(number, part, given))

const restarts = [
  'gate etcd-majority etcd can spare this member',
  'systemd-unit unit:etcd.service Restart etcd.service when its certificates changed',
  'gate reader-runs etcd.service runs',
  'gate etcd-majority etcd has this member back',
  'systemd-unit unit:flannel.service Restart flannel.service when its certificates changed',
  'gate reader-runs flannel.service runs',
]

describe('the three steps', () => {
  test('bundle: the new CA beside the others, and then etcd before its clients', () => {
    expect(asText(tasks(1, 'bundle'))).toEqual([
      'directory file:/etc/etcd/pki Folder of the certificates',
      'ca-bundle file:/etc/etcd/pki/ca.pem Trust the new CA beside the others',
      'directory file:/k Folder of the certificates',
      'ca-bundle file:/k/ca.pem Trust the new CA beside the others',
      ...restarts,
    ])
  })
  test('leaf: counts on the CA, and brings certificate and key of this host', () => {
    const own = tasks(2, 'leaf')
    expect(asText(own).slice(0, 3)).toEqual([
      'ca-bundle file:/etc/etcd/pki/ca.pem The new CA is trusted',
      'certificate file:/etc/etcd/pki/etcd.pem Install the certificate',
      'private-key file:/etc/etcd/pki/etcd-key.pem Install its key',
    ])
    expect(desiredOf(own, 'The new CA is trusted')).toMatchObject({ others: 'keep', ifDifferent: 'refuse' })
    expect(desiredOf(own, 'Install the certificate')).toMatchObject({
      source: { path: 'pki/n2.pem' },
      key: { path: 'pki/n2-key.pem' },
      signedBy: { path: 'pki/ca.pem' },
      uses: ['server', 'client'],
      covers: ['198.18.0.12'],
    })
    expect(desiredOf(own, 'Install its key')).toMatchObject({ owner: 'etcd', mode: 0o600, source: { path: 'pki/n2-key.pem' } })
  })
  test('a host without a member has the files of its clients alone', () => {
    expect(asText(tasks(4, 'leaf'))).toEqual([
      'ca-bundle file:/k/ca.pem The new CA is trusted',
      'certificate file:/k/kubernetes.pem Install the certificate',
      'private-key file:/k/kubernetes-key.pem Install its key',
      ...restarts.slice(-2),
    ])
    expect(desiredOf(tasks(4, 'leaf'), 'Install the certificate')).toMatchObject({ uses: ['client'] })
    expect(desiredOf(tasks(4, 'leaf'), 'Install the certificate')).not.toHaveProperty('covers')
  })
  test('finish does nothing until it is asked for, and then changes the CA alone', () => {
    expect([tasks(1, 'finish'), certs.preconditions!(on(1, 'finish')), certs.checks!(on(1, 'finish'))]).toEqual([[], [], []])
    const asked = tasks(4, 'finish', { finish: true })
    expect(desiredOf(asked, 'The certificate is the new one')).toMatchObject({ ifDifferent: 'refuse' })
    expect(desiredOf(asked, 'The key is the new one')).toMatchObject({ ifDifferent: 'refuse' })
    expect(desiredOf(asked, 'Trust the new CA alone')).toMatchObject({ others: 'drop' })
  })
  test('without a step it says which there are', () => {
    expect(() => certs.tasks({ ...on(1, ''), part: undefined })).toThrow('role "certs" is used by its parts')
  })
  test('its gates are kinds that a saved plan can name', () => {
    const kinds = new Set(certs.checkKinds!.map(({ kind }) => kind))
    for (const part of ['bundle', 'leaf', 'finish']) {
      const context = on(1, part, { finish: true })
      const used = [
        ...certs.tasks(context).flatMap(task => (task.type === 'gate' ? [task.check.kind.kind] : [])),
        ...[...certs.preconditions!(context), ...certs.checks!(context)].map(({ kind }) => kind.kind),
      ]
      for (const kind of used) expect(kinds).toContain(kind)
    }
  })
})

test('the usual files, and those who read them', () => {
  const [usual] = paramsSchema.properties.sets.default
  const context = on(1, 'leaf', { sets: [usual] as never })
  expect([...inputsByReader(context)].map(([name]) => name)).toEqual([...usual.readers])
  expect(inputsByReader(context).get('flannel.service')).toEqual([usual.ca, usual.cert, { path: usual.key, secret: true }])
})

test.each<[string, Partial<Params>, string[]]>([
  ['one certificate for all covers every endpoint', { cert: 'pki/kubernetes.pem' }, ['198.18.0.11', '198.18.0.12', '198.18.0.13']],
  ['one of its own covers the address of its host', {}, ['198.18.0.11']],
  ['and the name that clients use', { etcd_endpoints: ['https://n1:2379', 'https://n2:2379'] }, ['198.18.0.11', 'n1']],
  ['an IPv6 endpoint', { cert: 'k.pem', etcd_endpoints: ['https://[fd00::1]:2379'] }, ['198.18.0.11', 'fd00::1']],
])('%s', (_what, given, names) => expect(coveredNames(on(1, 'leaf', given))).toEqual(names))

const reasonOf = (verdict: Verdict) => (verdict.holds ? 'holds' : verdict.reason)

describe('a majority', () => {
  const endpoints = [1, 2, 3].map(number => `https://10.0.0.${number}:2379`)
  const judged = (up: string, how: MajorityParams['judged'], of = endpoints) => {
    const output = of.map((endpoint, i) => `${endpoint} ${up[i] === '+' ? '{"health":"true"}' : 'curl: (7) Failed to connect'}`).join('\n')
    return reasonOf(majority.verdict({ ...member, endpoints: of, own: of[0]!, judged: how }, {} as never, { output, exit: 0 }))
  }
  test.each<[string, MajorityParams['judged'], string]>([
    ['+++', 'without', 'holds'],
    ['-++', 'without', 'holds'],
    ['++-', 'without', 'without https://10.0.0.1:2379 only 1 of 3 members are healthy, and etcd needs 2'],
    ['+++', 'with', 'holds'],
    ['++-', 'with', 'holds'],
    ['-++', 'with', 'https://10.0.0.1:2379 does not answer healthily'],
    ['+--', 'with', 'only 1 of 3 members are healthy'],
  ])('%s %s this member', (up, how, told) => expect(judged(up, how)).toBe(told))
  test('the only member has nobody to lose, of two none can be spared', () => {
    expect(judged('+', 'without', endpoints.slice(0, 1))).toBe('holds')
    expect(judged('++', 'without', endpoints.slice(0, 2))).toContain('etcd needs 2')
  })
})

test('a host that is left out is named', () => {
  const seen = { host: 'n1', hosts: ['n1', 'n3'], setups: {}, etcd: [] }
  expect(reasonOf(everyHost.verdict({ hosts: ['n1', 'n2', 'n3', 'n4'] }, seen, { output: '', exit: 0 }))).toMatch(
    /^n2, n4 would be left out/,
  )
  expect(reasonOf(everyHost.verdict({ hosts: ['n1', 'n3'] }, seen, { output: '', exit: 0 }))).toBe('holds')
})

test.each([
  ['it runs', 'LoadState=loaded\nActiveState=active\nSubState=running\nActiveEnterTimestampMonotonic=5000000\nUptime=9.00\n', 'holds'],
  [
    'it has only just started',
    'LoadState=loaded\nActiveState=active\nSubState=running\nActiveEnterTimestampMonotonic=8500000\nUptime=9.00\n',
    'x.service runs, but for less than 2 s',
  ],
  [
    'it cannot use its certificates',
    'LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nActiveEnterTimestampMonotonic=0\nUptime=9.00\nopen k: denied\n',
    'x.service is activating (auto-restart)',
  ],
  ['somebody stopped it', 'LoadState=loaded\nActiveState=inactive\nSubState=dead\nActiveEnterTimestampMonotonic=0\nUptime=9.00\n', 'holds'],
  ['it is not on this host', 'LoadState=not-found\nActiveState=inactive\nUptime=9.00\n', 'holds'],
])('a reader: %s', (_what, output, told) => {
  expect(reasonOf(readerRuns.verdict({ name: 'x.service' }, {} as never, { output, exit: 0 }))).toBe(told)
})
