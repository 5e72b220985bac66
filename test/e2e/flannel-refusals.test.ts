import { must } from '../../lab/command.js'
import { etcdctl, listEtcdKeys } from '../../lab/etcd-keys.js'
import { clientPki } from '../../lab/etcd-scripts.js'
import { labEtcd } from '../../lab/etcd.js'
import { changedBy, movedSince, nothingWritten, played, printedOn, refusals, stateOf } from './flannel-story.js'
import { openStory, openStoryMs, type Story } from './story.js'

let story: Story

beforeAll(async () => {
  story = await openStory({ name: 'fl-refusals', hosts: 2, backend: 'vxlan' })
  await story.write('only-flannel.yml', '- hosts: nodes\n  roles:\n    - flannel\n')
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const configKey = '/coreos.com/network/config'
const { ca, certificate, key } = clientPki
const put = (value: string) => etcdctl(story.lab, ['put', configKey, value])

/** What each host is told when a run is refused. */
const refused = async (playbook = 'flannel.yml') => refusals(await played(story, playbook, [], 2))

const withVars = async <T>(vars: Record<string, unknown>, body: () => Promise<T>): Promise<T> => {
  await story.setVars(vars)
  return body().finally(() => story.setVars({}))
}

/** Something is wrong with the certificates of n2 while `body` runs. */
async function withSpoilt<T>(spoil: string, body: () => Promise<T>): Promise<T> {
  await printedOn(story, 'n2', `cp -a ${ca} ${certificate} ${key} /run; ca=${ca} cert=${certificate} key=${key}; ${spoil}`)
  try {
    return await body()
  } finally {
    await printedOn(story, 'n2', `cd /run; cp -a ca.pem ${ca}; cp -a kubernetes.pem ${certificate}; cp -a kubernetes-key.pem ${key}`)
  }
}

/** Another certificate for the lab's own key, by the lab's own CA. */
async function signed(usage: string, days: string): Promise<string> {
  const extensions = await story.write('extensions', `extendedKeyUsage=${usage}\n`)
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', days, '-extfile', extensions]
  return must(['openssl', 'x509', '-req', '-in', 'kubernetes.csr', ...signing], { cwd: `${story.lab.folder}/etcd-pki` })
}

describe('what flanneld does not tell by itself is told before it is started', () => {
  let before: Awaited<ReturnType<typeof stateOf>>
  beforeAll(async () => {
    before = await stateOf(story)
  })

  test('no configuration in etcd, and no play that seeds it', async () => {
    const told = await refused('only-flannel.yml')
    expect(Object.keys(told).sort()).toEqual(['n1', 'n2'])
    expect(told['n2']).toContain(`flannel.service reads etcd3:${configKey} when it starts, and neither etcd nor this plan has that key`)
    expect(told['n2']).toContain('Run the play that seeds it first')
  }, 60_000)

  test('an endpoint where nobody listens', async () => {
    const endpoint = `https://${story.lab.hosts[1]!.address}:2379`
    const told = await withVars({ flannel_etcd_endpoints: [endpoint] }, () => refused())
    expect(told['n1']).toContain(`etcd answers this host: ${endpoint}: curl: (7) Failed to connect`)
    expect(told['n2']).toContain('flanneld would hang without a word')
  }, 60_000)

  test('plain http to an etcd that wants TLS', async () => {
    const endpoint = `http://${story.lab.hosts[0]!.address}:2379`
    const told = await withVars({ flannel_etcd_endpoints: [endpoint] }, () => refused())
    expect(told['n2']).toContain(`${endpoint} wants TLS, and the endpoint says http`)
  }, 60_000)

  test.each([
    ['a client certificate that is missing', 'rm $cert', /etcd client certificates: \S*kubernetes\.pem is missing/],
    [
      'a key that belongs to another certificate',
      'openssl ecparam -name prime256v1 -genkey -noout -out $key',
      /kubernetes-key\.pem does not belong to \S*kubernetes\.pem/,
    ],
    ['a key that others can read', 'chmod 644 $key', /kubernetes-key\.pem has mode 644: others can read or change it/],
    [
      'a CA that signed none of it',
      'openssl req -x509 -newkey rsa:2048 -nodes -keyout /run/other.pem -out $ca -days 3 -subj /CN=other 2>&1',
      /kubernetes\.pem is not signed by the CA in \S*ca\.pem/,
    ],
    ['a certificate that is none', 'echo hello > $cert', /kubernetes\.pem is no certificate/],
  ])(
    '%s',
    async (_what, spoil, reason) => {
      const told = await withSpoilt(spoil, () => refused())
      expect(Object.keys(told)).toEqual(['n2'])
      expect(told['n2']).toMatch(reason)
      expect(told['n2']).toContain('Nothing was changed on any host')
    },
    60_000,
  )

  test.each([
    ['a client certificate that has expired', 'clientAuth', '-1', /kubernetes\.pem has expired \(notAfter=/],
    ['a certificate that is for servers alone', 'serverAuth', '30', /kubernetes\.pem is not meant for clients/],
  ])(
    '%s',
    async (_what, usage, days, reason) => {
      const pem = await signed(usage, days)
      const told = await withSpoilt(`printf %s '${pem}' > $cert`, () => refused())
      expect(told).toEqual({ n2: expect.stringMatching(reason) as unknown })
    },
    60_000,
  )

  test('and all that time nothing was written anywhere', async () => {
    expect(movedSince(before, await stateOf(story))).toEqual([])
  }, 60_000)
})

describe('etcd-seed', () => {
  test('absent is written, equal is left, in whatever order its fields stand', async () => {
    await played(story, 'flannel.yml')
    await put('{"Backend": {"Type": "vxlan"},  "Network": "10.244.0.0/16", "SubnetLen": 24}')
    expect(changedBy(await played(story, 'flannel.yml'))).toEqual([])
  }, 120_000)

  test('another Network stops with both values, and nothing is written', async () => {
    const told = await withVars({ flannel_network: '10.245.0.0/16' }, () => nothingWritten(story, () => refused()))
    expect(told['n1']).toContain(
      `${configKey} in etcd holds another value, which this play does not change: /Network is "10.244.0.0/16", wanted "10.245.0.0/16"`,
    )
    expect(told['n2']).toContain('etcd says Network "10.244.0.0/16"')
  }, 60_000)

  test('a Backend edited by hand stops and names the playbook that changes it', async () => {
    await put('{"Network":"10.244.0.0/16","SubnetLen":24,"Backend":{"Type":"host-gw"}}')
    const told = await nothingWritten(story, () => refused())
    expect(told['n1']).toContain('/Backend/Type is "host-gw", wanted "vxlan"')
    expect(told['n1']).toContain('playbooks/flannel-backend-switch.yml')
    expect((await listEtcdKeys(story.lab, configKey))[0]!.value).toContain('host-gw')
  }, 60_000)

  test('what is no JSON stops with the text', async () => {
    await put('{Network:10.244.0.0/16')
    expect((await refused())['n2']).toContain(`${configKey} holds no JSON: {Network:10.244.0.0/16`)
    await put('{"Network":"10.244.0.0/16","SubnetLen":24,"Backend":{"Type":"vxlan"}}')
  }, 60_000)
})

test('a flanneld of the other profile is found out before it is started', async () => {
  const runs = () => printedOn(story, 'n1', 'systemctl show -p InvocationID --value flannel')
  const before = await runs()
  const { events } = await withVars({ flannel_flanneld: story.parts.flanneldClassic }, () => played(story, 'flannel.yml', [], 2))
  expect(events.flatMap(event => (event.type === 'item-failed' ? [`${event.host} ${event.error.message}`] : []))).toEqual([
    expect.stringContaining("/usr/local/bin/flanneld is v0.17.0-standin, which speaks etcd's v2 API: that is profile classic, not current"),
  ])
  expect(await runs()).toBe(before)
}, 120_000)

test('profile classic on an etcd that does not serve the v2 API', async () => {
  await labEtcd(story.lab, { v2: false, fresh: true })
  const told = await withVars({ flannel_profile: 'classic', flannel_flanneld: story.parts.flanneldClassic }, () => refused())
  expect(told['n1']).toMatch(/v2/)
}, 60_000)
