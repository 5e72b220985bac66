import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { oneMode, proxyHealth, serviceAnswers } from '../../roles/kube-proxy/checks.js'
import { kubeconfigFunctions, kubeconfigWhole, nodeKnown } from '../../roles/kube-proxy/kubeconfig.js'
import { conntrackFits, portsFree, preconditionsOf, toolsFit } from '../../roles/kube-proxy/preconditions.js'
import { versionFits } from '../../roles/kube-proxy/version.js'
import type { Facts } from '../../src/facts/facts.js'
import type { CheckKind, Seen } from '../../src/resources/resource.js'
import { bareHost, contextOf } from './role-context.js'

const seen: Seen = { host: 'n1', hosts: ['n1'], setups: {}, etcd: [] }

/** What a check says of this output: `holds`, or why not. */
function said<P>(kind: CheckKind<P>, params: P, output: string, exit = 0): string {
  const verdict = kind.verdict(params, seen, { output, exit })
  return verdict.holds ? `holds${verdict.detail === undefined ? '' : `: ${verdict.detail}`}` : verdict.reason
}

describe('health', () => {
  const params = { mode: 'iptables' as const, healthzPorts: [10256], metricsPort: 10249 }
  const unit = (state: string, sub = 'running') => `--unit\nActiveState=${state}\nSubState=${sub}\nNRestarts=0\n`
  const at = (updated: string, current = '2026-11-25T19:14:26.209562049Z', more = '') =>
    `{"lastUpdated":"${updated}","currentTime":"${current}","nodeEligible":true${more}}`
  const asked = (body: string, code: number, mode = 'iptables') =>
    `${unit('active')}--healthz\n${body}\n${code}\n--mode\n${mode}\n--journal\nlast words\n`

  test.each([
    ['as recorded on v1.34.4', asked(at('2026-11-25T19:14:26.209617924Z', undefined, ',"healthy":true,"status":{}'), 200), 'holds'],
    ['a minute behind', asked(at('2026-11-25T19:13:26Z'), 200), 'holds'],
    ['stuck', asked(at('2026-11-25T19:10:26Z'), 200), 'kube-proxy has not written its rules for 240 s'],
    [
      'as Go printed times in 2017',
      asked(at('2017-11-25 19:10:26.2 +0000 UTC', '2017-11-25 19:14:26.2 +0000 UTC'), 200),
      'kube-proxy has not written its rules for 240 s',
    ],
    ['503', asked(at('2026-11-25T19:14:26Z'), 503), 'kube-proxy does not say that it is healthy'],
    ['not eligible', asked('{"nodeEligible": false}', 503), 'the Node is being deleted'],
    ['another mode', asked(at('2026-11-25T19:14:26Z'), 200, 'nftables'), 'kube-proxy is in mode nftables, not iptables'],
    [
      'nobody listens',
      `${unit('active')}--healthz\n\n000\ncurl: (7) Failed to connect\n--mode\n\n--journal\n`,
      'kube-proxy does not answer',
    ],
    ['stopped', `${unit('inactive', 'dead')}--journal\n`, 'kube-proxy.service is inactive'],
    ['crashing', `${unit('activating', 'auto-restart')}--journal\n`, 'kube-proxy.service is activating, and ends again and again'],
    ['no curl', `${unit('active')}--journal\n`, 'holds: no curl'],
  ])('%s', (_what, output, expected) => {
    expect(said(proxyHealth, params, output)).toMatch(new RegExp(`^${expected.replaceAll('(', '\\(')}`))
  })
})

test.each([
  ['', 'holds'],
  ['iptables\n', 'rules of mode iptables are on this host beside those of nftables'],
  ['iptables\nipvs\n', 'rules of mode iptables and ipvs are on this host'],
])('rules of others %j', (output, expected) => {
  expect(said(oneMode, { mode: 'nftables' }, output)).toContain(expected)
})

test.each([
  ['', 'holds: Service kubernetes could not be read'],
  ['ip 10.96.0.1\nrules 2\ncode 401\n', 'holds: 10.96.0.1 answers 401'],
  ['ip 10.96.0.1\nrules 0\ncode 000\n', 'the address of Service kubernetes, 10.96.0.1, is in no rule of mode nftables'],
  ['ip 10.96.0.1\ncode 000\n', 'is in no rule of mode nftables'],
  ['ip 10.96.0.1\nrules 1\ncode 000\n', 'Service kubernetes (10.96.0.1:443) does not answer this host'],
])('Service kubernetes %j', (output, expected) => {
  expect(said(serviceAnswers, { mode: 'nftables', kubeconfig: '/k' }, output)).toContain(expected)
})

test.each([
  ['Kubernetes v1.34.4\n', 'nftables', 'current', 'holds'],
  ['Kubernetes v1.30.1\ntool conntrack\n', 'nftables', 'current', 'mode nftables needs 1.31 or newer'],
  ['Kubernetes v1.30.1\n', 'iptables', 'current', 'needs the program conntrack'],
  ['Kubernetes v1.43.0\n', 'ipvs', 'current', 'has no mode ipvs any more'],
  ['Kubernetes v1.7.3\ntool conntrack\n', 'iptables', 'classic', 'holds'],
  ['Kubernetes v1.7.3\ntool conntrack\n', 'iptables', 'current', 'that is profile classic'],
  ['sh: not found\n', 'iptables', 'current', 'tells no version'],
] as const)('%j in mode %s, profile %s: %s', (output, mode, profile, expected) => {
  expect(said(versionFits, { mode, profile }, output)).toContain(expected)
})

test.each([
  [toolsFit, { mode: 'nftables' }, 'nftables v1.0.6 (Lester Gooch #5)\n', 'holds'],
  [toolsFit, { mode: 'nftables' }, 'nftables v1.0.0 (Fearless Fosdick #2)\n', 'needs nft 1.0.1 or newer'],
  [toolsFit, { mode: 'nftables' }, 'nftables v0.9.8 (E.D.S.)\n', 'needs nft 1.0.1 or newer'],
  [toolsFit, { mode: 'ipvs' }, 'none\n', 'no ipvsadm'],
  [toolsFit, { mode: 'iptables' }, '', 'holds'],
  [conntrackFits, { max: 32768 }, 'fixed\n', 'nf_conntrack_max cannot be written'],
  [conntrackFits, { max: 0 }, 'fixed\n', 'holds'],
  [conntrackFits, { max: 32768 }, 'writable\n', 'holds'],
  [portsFree, { ports: [10256] }, '10256 kube-proxy\n', 'holds'],
  [portsFree, { ports: [10256] }, '10256 kube-proxy\n10249 nginx\n', 'TCP port 10249 is taken by nginx'],
] as [CheckKind<unknown>, unknown, string, string][])('%# a host refuses or holds', (kind, params, output, expected) => {
  expect(said(kind, params, output)).toContain(expected)
})

test.each([
  ['https://a:6443\n200\n', 'holds'],
  ['https://a:6443\n404\n', 'https://a:6443 knows no Node n1: kube-proxy would wait for it for ever'],
  ['https://a:6443\n401\n', 'does not accept the credentials'],
  ['https://a:6443\n403\n', 'does not let /k read Node n1'],
  ['https://a:6443\ncurl: (7) Failed to connect\n000\n', 'does not answer this host'],
  ['-\n', 'holds: not asked'],
])('the API says %j of the Node', (output, expected) => {
  expect(said(nodeKnown, { kubeconfig: '/k', node: 'n1' }, output)).toContain(expected)
})

describe('what a host lacks for a mode is told by its facts', () => {
  const reasons = (mode: string, facts: Partial<Facts>) =>
    preconditionsOf(
      contextOf({ mode, kubeconfig: '/k', conntrack: {}, config: {}, profile: 'current' } as never, [bareHost(1, facts)]),
    ).flatMap(({ params }) => (params as { problem?: string }).problem ?? [])
  test.each([
    ['iptables', {}, ''],
    ['nftables', { tools: { iptables: true } }, 'n1 has no nft'],
    [
      'nftables',
      { tools: { nft: true }, kernel: { release: '5.10.0-9', version: [5, 10, 0] } },
      'has Linux 5.10.0-9, and mode nftables needs 5.13',
    ],
    ['nftables', { tools: { nft: true }, kernel: { release: '6.1.0', version: [6, 1, 0] } }, ''],
    ['ipvs', { tools: { iptables: true } }, 'no ipset'],
    ['iptables', { uid: 1000 }, 'do not run as root'],
    ['iptables', { init: 'runit' }, 'does not run systemd'],
  ] as [string, Partial<Facts>, string][])('%s, %j', (mode, facts, expected) => {
    const [reason = ''] = reasons(mode, facts)
    expect(expected === '' ? reason === '' : reason.includes(expected)).toBe(true)
  })
})

describe('a kubeconfig', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'netplay-kubeconfig-'))
    for (const name of ['ca.pem', 'me.pem', 'me-key.pem']) writeFileSync(join(folder, name), `the ${name}\n`)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const secret = 'c2VjcmV0LWtleQ=='
  const block = (user: string, more = '', server = 'https://a:6443') => `apiVersion: v1
kind: Config
clusters:
- name: lab
  cluster:
    server: ${server}   # the API
    certificate-authority: ca.pem
users:
- name: me
  user:
${user}
contexts:
- context: {cluster: lab, user: me}
  name: lab
${more}`
  const byFiles = '    client-certificate: me.pem\n    client-key: "me-key.pem"'
  const embedded = `    client-certificate-data: ${secret}\n    client-key-data: ${secret}`
  const current = 'current-context: lab\n'
  const json = JSON.stringify({
    kind: 'Config',
    'current-context': 'lab',
    clusters: [{ name: 'lab', cluster: { server: 'https://a:6443' } }],
    users: [{ name: 'me', user: { token: secret } }],
  })

  const shell = (text: string) => spawnSync('sh', ['-c', text], { encoding: 'utf8' })
  const judged = (text: string) => {
    const path = join(folder, 'config')
    writeFileSync(path, text)
    const { stdout, stderr } = shell(String(kubeconfigWhole.probe!({ path }, seen)))
    expect(`${stdout}${stderr}`).not.toContain(secret)
    return said(kubeconfigWhole, { path }, stdout)
  }

  test.each([
    ['with files beside it', block(byFiles, current), 'holds'],
    ['with everything in it', block(embedded, current), 'holds'],
    ['in JSON', json, 'holds'],
    ['with a token over two lines', block(`    token: |-\n      ${secret}`, current), 'holds'],
    ['without current-context', block(byFiles), 'has no current-context'],
    ['without credentials', block('    {}', current), 'has no credentials'],
    ['without the key', block('    client-certificate: me.pem', current), 'has a client certificate without its key'],
    [
      'with a key that is gone',
      block('    client-certificate: me.pem\n    client-key: gone.pem', current),
      'names what cannot be read: client-key',
    ],
    ['without a server', block(byFiles, current, '""'), 'names no server'],
    ['that is something else', 'kind: Pod\n', 'is no kubeconfig'],
  ])('%s: %s', (_what, text, expected) => {
    expect(judged(text)).toContain(expected)
  })

  test('one that is missing is told', () => {
    const path = join(folder, 'nosuch')
    expect(said(kubeconfigWhole, { path }, shell(String(kubeconfigWhole.probe!({ path }, seen))).stdout)).toContain('is not on the host')
  })

  test('its credentials are read where they lie, by file or by value', () => {
    const path = join(folder, 'config')
    const read = (text: string, question: string) => {
      writeFileSync(path, text)
      return shell(`${String(kubeconfigFunctions(path))}\n${question}`).stdout
    }
    expect(read(block(byFiles), 'kc_pem client-key')).toBe('the me-key.pem\n')
    expect(read(block(embedded), 'kc_pem client-key')).toBe('secret-key')
    expect(read(json, 'kc_token')).toBe(`Authorization: Bearer ${secret}\n`)
    expect(read(block(byFiles), 'kc_value server')).toBe('https://a:6443\n')
  })
})
