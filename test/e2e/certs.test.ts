import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from '../../lab/command.js'
import { etcdPki, type EtcdPki } from '../../lab/etcd-pki.js'
import { listEtcdKeys } from '../../lab/etcd-keys.js'
import { clientPki } from '../../lab/etcd-scripts.js'
import { memberPki } from '../../lab/etcd-unit.js'
import { hostsIni } from '../../lab/ini.js'
import { etcdHealthy, startMember, stopMember } from '../../lab/etcd.js'
import { changedBy, nothingWritten, onEachHost, played, printedOn, refusals } from './flannel-story.js'
import { openStory, openStoryMs, type Ran, type Story } from './story.js'

let story: Story
let pki: EtcdPki
/** of the new CA, in the project folder */
const pkiFolder = () => join(story.folder, 'pki')
const playbook = 'certs-rotate.yml'

const member = { ca: `${memberPki}/ca.pem`, cert: `${memberPki}/etcd.pem`, key: `${memberPki}/etcd-key.pem` }
const sets = [
  { ...member, owner: 'etcd', hosts: 'etcd', readers: ['etcd.service'] },
  { ca: clientPki.ca, cert: clientPki.certificate, key: clientPki.key, readers: ['flannel.service', 'kube-proxy.service'] },
]
const certsVars = (more: Record<string, string> = {}) => ({
  certs_ca: join(pkiFolder(), 'ca.pem'),
  certs_cert: join(pkiFolder(), 'kubernetes.pem'),
  certs_key: join(pkiFolder(), 'kubernetes-key.pem'),
  certs_sets: sets,
  ...more,
})

beforeAll(async () => {
  story = await openStory({ name: 'certs', hosts: 3, etcd: { members: 3 } })
  const names = [...story.lab.hosts.flatMap(({ name, address }) => [name, address]), 'localhost', '127.0.0.1']
  pki = await etcdPki(pkiFolder(), names, 'the new CA')
  await story.setVars(certsVars())
  await played(story, 'flannel.yml')
  await onEachHost(story, 'mkdir -m 700 /root/old; cp -a /etc/kubernetes/ssl/* /root/old')
}, openStoryMs)
afterAll(() => story?.close(), 60_000)

const finish = ['-e', 'certs_finish=true']
const leases = async () =>
  (await listEtcdKeys(story.lab, '/coreos.com/network/subnets')).map(({ key, value }) => [
    key,
    (JSON.parse(value) as { PublicIP: string }).PublicIP,
  ])
const trustedOn = (path: string) =>
  onEachHost(story, `openssl crl2pkcs7 -nocrl -certfile ${path} | openssl pkcs7 -print_certs -noout | grep subject`)
const processes = () => onEachHost(story, 'systemctl show -p InvocationID --value etcd flannel')

/** Titles of what was restarted, in the order of the run. */
const restarted = ({ events }: Ran) =>
  events.flatMap(event =>
    event.type === 'item-changed' && event.task.startsWith('Restart') ? [`${event.host} ${event.task.split(' ')[1]}`] : [],
  )

/** Everything a run said and kept: its output and its journals. */
async function saidAndKept(...runs: Ran[]): Promise<string> {
  const files = await readdir(story.stateDir, { recursive: true, withFileTypes: true })
  const texts = files.filter(file => file.isFile()).map(file => readFile(join(file.parentPath, file.name), 'utf8'))
  return [...runs.flatMap(({ stdout, stderr }) => [stdout, stderr]), ...(await Promise.all(texts))].join('\n')
}

/** A linearizable read about five times a second, with a client of the old CA that trusts both. @returns lines of those that failed */
async function readingEtcd<T>(body: () => Promise<T>): Promise<{ result: T; reads: number; failed: string[] }> {
  const endpoints = story.lab.hosts.map(({ address }) => `https://${address}:2379`).join(',')
  await printedOn(
    story,
    'n3',
    `cd /root/old; cat ca.pem >both.pem; printf %s '${pki.ca}' >>both.pem; rm -f /run/reads
     cat >/run/reader <<'END'
get() { words=$(ETCDCTL_API=3 etcdctl --endpoints ${endpoints} --cacert /root/old/both.pem --cert /root/old/kubernetes.pem --key /root/old/kubernetes-key.pem --command-timeout=5s get /coreos.com/network/config 2>&1 >/dev/null); }
while :; do
  get; status=$?
  # A member that stops in the middle of its greeting: this client of etcd 3.4 goes to no other by itself.
  case $status$words in [1-9]*'missing content-type field'*) get; status=$? ;; esac
  [ $status = 0 ] && echo ok || echo "failed $words"
  sleep 0.1
done >/run/reads
END
     systemd-run -q --unit=reader sh /run/reader`,
  )
  const result = await body().finally(() => printedOn(story, 'n3', 'systemctl stop reader'))
  const lines = (await printedOn(story, 'n3', 'cat /run/reads')).split('\n')
  return { result, reads: lines.length, failed: lines.filter(line => line !== 'ok') }
}

describe('what is wrong on the controller is told before any host is written to', () => {
  /** Another certificate for the new key. */
  async function madeAs(
    name: string,
    { by = pkiFolder(), extensions = '', days = '30' }: { by?: string; extensions?: string; days?: string },
  ) {
    const file = await story.write(`odd/${name}.cnf`, extensions)
    const signing = ['-CA', join(by, 'ca.pem'), '-CAkey', join(by, 'ca-key.pem'), '-CAcreateserial', '-days', days, '-extfile', file]
    await must(['openssl', 'x509', '-req', '-in', 'kubernetes.csr', '-out', join(story.folder, 'odd', `${name}.pem`), ...signing], {
      cwd: pkiFolder(),
    })
    return join(story.folder, 'odd', `${name}.pem`)
  }
  const sans = () => `subjectAltName=${story.lab.hosts.map(({ address }) => `IP:${address}`).join(',')}\n`

  test.each<[string, () => Promise<string>, RegExp]>([
    ['expired', () => madeAs('expired', { days: '-1', extensions: sans() }), /odd\/expired\.pem has expired \(/],
    [
      'foreign',
      () => madeAs('foreign', { by: join(story.lab.folder, 'etcd-pki'), extensions: sans() }),
      /odd\/foreign\.pem is not signed by a CA of CN=the new CA: its issuer is CN=netplay lab CA/,
    ],
    [
      'nameless',
      () => madeAs('nameless', {}),
      /odd\/nameless\.pem does not cover 198\.18\.\S*, 198\.18\.\S*, 198\.18\.\S*: its subjectAltName has nothing/,
    ],
    [
      'for-servers',
      () => madeAs('for-servers', { extensions: `${sans()}extendedKeyUsage=serverAuth\n` }),
      /odd\/for-servers\.pem is not meant for clients/,
    ],
  ])(
    'a certificate that is %s',
    async (_what, make, message) => {
      await story.setVars(certsVars({ certs_cert: await make() }))
      const ran = await nothingWritten(story, () => story.play(playbook))
      await story.setVars(certsVars())
      expect({ code: ran.code, told: ran.stderr + ran.stdout }).toEqual({ code: 1, told: expect.stringMatching(message) as string })
    },
    60_000,
  )

  test('hosts that --limit leaves out', async () => {
    const ran = await nothingWritten(story, () => played(story, playbook, ['--limit', 'n1,n2'], 2))
    expect(refusals(ran)['n1']).toContain('every host takes part: n3 would be left out')
  }, 60_000)

  test('to drop the old CA in the run that introduces the new one', async () => {
    const ran = await nothingWritten(story, () => played(story, playbook, finish, 2))
    expect(refusals(ran)['n2']).toContain('would be introduced and the old one dropped in one run')
  }, 60_000)

  test('a member that is down: etcd could not spare another', async () => {
    await stopMember(story.lab, 'n3')
    const ran = await played(story, playbook, [], 2)
    expect(refusals(ran)['n1']).toMatch(/etcd can spare this member: without https:\S* only 1 of 3 members are healthy, and etcd needs 2/)
    expect(changedBy(ran)).toEqual([])
    await startMember(story.lab, 'n3')
    await etcdHealthy(story.lab)
  }, 90_000)
})

let rotation: Ran

test('the diff shows both certificates, and a check writes nothing', async () => {
  const ran = await nothingWritten(story, () => story.play(playbook, ['--check', '--diff']))
  expect(ran.code).toBe(0)
  expect(ran.stdout).toMatch(/^ *- issuer {6}CN=netplay lab CA$/m)
  expect(ran.stdout).toMatch(/^ *\+ issuer {6}CN=the new CA$/m)
  expect(ran.stdout).toMatch(/sha256 {6}([0-9A-F]{2}:){31}/)
  expect(ran.stdout).toContain('public key sha256')
}, 60_000)

test('a member that cannot use what it gets stops the run there; a rollback, host by host, puts all back; etcd answers all the time', async () => {
  const before = [await trustedOn(member.ca), await onEachHost(story, `cat ${member.cert} ${clientPki.certificate} | sha256sum`)]
  const { failed } = await readingEtcd(async () => {
    // Its own account may not read such a key.
    await story.setVars({ ...certsVars(), certs_sets: [{ ...sets[0], owner: 'root' }, sets[1]] })
    const ran = await played(story, playbook, [], 2)
    await story.setVars(certsVars())
    const troubles = ran.events.flatMap(event => (event.type === 'item-failed' ? [`${event.host} ${event.task}`] : []))
    expect(troubles).toEqual(['n1 Restart etcd.service when its certificates changed'])
    expect(await onEachHost(story, `openssl x509 -in ${member.cert} -noout -issuer`)).toEqual([
      'issuer=CN = the new CA',
      ...Array<string>(2).fill('issuer=CN = netplay lab CA'),
    ])
    const run = ran.events.flatMap(event => (event.type === 'run-started' ? [event.run] : []))[0]!
    const back = await story.netplay(['rollback', run, '--forks', '1'])
    expect({ code: back.code, said: back.code === 0 ? '' : back.stdout + back.stderr }).toEqual({ code: 0, said: '' })
    await etcdHealthy(story.lab)
  })
  expect(failed).toEqual([])
  expect([await trustedOn(member.ca), await onEachHost(story, `cat ${member.cert} ${clientPki.certificate} | sha256sum`)]).toEqual(before)
}, 300_000)

test('to the new CA and its certificates, one host after the other: etcd answers all the time, leases stay', async () => {
  const before = await leases()
  const { result, reads, failed } = await readingEtcd(() => played(story, playbook))
  rotation = result
  const round = ['n1', 'n2', 'n3'].flatMap(host => [`${host} etcd.service`, `${host} flannel.service`])
  expect(restarted(result)).toEqual([...round, ...round])
  expect({ failed, enough: reads > 50 }).toEqual({ failed: [], enough: true })
  expect(await leases()).toEqual(before)
  expect(await trustedOn(member.ca)).toEqual(Array(3).fill('subject=CN = netplay lab CA\nsubject=CN = the new CA'))
  expect(
    await onEachHost(story, `openssl x509 -in ${clientPki.certificate} -noout -issuer; stat -c '%a %U' ${member.key} ${clientPki.key}`),
  ).toEqual(Array(3).fill('issuer=CN = the new CA\n600 etcd\n600 root'))
}, 300_000)

test('a second run changes nothing and restarts nothing, and neither does flannel', async () => {
  const before = await processes()
  expect(changedBy(await played(story, playbook))).toEqual([])
  expect(changedBy(await played(story, 'flannel.yml'))).toEqual([])
  expect(await processes()).toEqual(before)
}, 120_000)

test('a later run drops the old CA, and who still has a certificate of it is refused', async () => {
  const before = await leases()
  const ran = await played(story, playbook, finish)
  expect(new Set(changedBy(ran).filter(change => !change.includes('Restart')))).toEqual(
    new Set(['n1', 'n2', 'n3'].map(host => `${host} Trust the new CA alone`)),
  )
  expect(restarted(ran)).toHaveLength(6)
  expect(await trustedOn(member.ca)).toEqual(Array(3).fill('subject=CN = the new CA'))
  expect(await leases()).toEqual(before)
  const health = (folder: string) =>
    printedOn(
      story,
      'n1',
      `curl -sS --cacert ${clientPki.ca} --cert ${folder}/kubernetes.pem --key ${folder}/kubernetes-key.pem https://127.0.0.1:2379/health 2>&1 || echo refused`,
    )
  expect(await health('/root/old')).toMatch(/^curl: \((16|35|55|56|58)\)[^]*refused$/)
  expect(await health('/etc/kubernetes/ssl')).toContain('"health":"true"')
  expect(changedBy(await played(story, playbook, finish))).toEqual([])
  expect(changedBy(await played(story, playbook))).toEqual([])
}, 300_000)

test('a new certificate of the same CA is the second step alone, and site.yml takes it too', async () => {
  const hosts = story.lab.hosts.map(({ name }) => name)
  const names = await readFile(join(pkiFolder(), 'alt-names'), 'utf8')
  const extensions = await story.write('odd/again.cnf', `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`)
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '20', '-extfile', extensions]
  await must(['openssl', 'x509', '-req', '-in', 'kubernetes.csr', '-out', join(story.folder, 'odd/again.pem'), ...signing], {
    cwd: pkiFolder(),
  })
  await story.setVars(certsVars({ certs_cert: join(story.folder, 'odd/again.pem') }))
  await story.write('hosts.ini', hostsIni(story.lab, { groups: { nodes: hosts, etcd: hosts, certs: hosts } }))
  const ran = await played(story, 'site.yml')
  expect(restarted(ran)).toHaveLength(6)
  expect(new Set(changedBy(ran).map(change => change.split(' ').slice(1).join(' ')))).toEqual(
    new Set([
      'Install the certificate',
      'Restart etcd.service when its certificates changed',
      'Restart flannel.service when its certificates changed',
    ]),
  )
  expect(ran.stdout).toMatch(/in 19 days: renew it soon/)
}, 180_000)

test('no byte of a key is in what the runs said and kept', async () => {
  const kept = await saidAndKept(rotation)
  const lines = pki.key.split('\n').filter(line => line.length > 20 && !line.startsWith('-'))
  expect(lines.length).toBeGreaterThan(1)
  for (const line of lines) expect(kept).not.toContain(line)
  // The search finds what is public: the CA is in the plan that the journal keeps.
  expect(kept).toContain(pki.ca.split('\n')[1])
})
