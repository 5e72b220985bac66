import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { must } from '../../lab/command.js'
import { parseEndpoint } from '../../lab/commands-kubernetes.js'
import { controlPlanePki } from '../../lab/control-plane-pki.js'
import { apiserverUnitText, kubeconfig } from '../../lab/control-plane-scripts.js'
import { etcdPki } from '../../lab/etcd-pki.js'
import { kubernetesSource } from '../../lab/kubernetes-parts.js'
import { listSources, parseGoMod } from '../../lab/parts-source.js'

test('all modules of Kubernetes are of one version, and the other parts do not depend on them', async () => {
  const text = await readFile(join(kubernetesSource(), 'go.mod'), 'utf8')
  const version = parseGoMod(text).versions.get('k8s.io/kubernetes')
  expect(version).toBe('v1.34.4')
  const replaced = [...text.matchAll(/^\s*k8s\.io\/\S+ => k8s\.io\/\S+ (\S+)$/gm)].map(([, replacement]) => replacement)
  expect(replaced.length).toBeGreaterThan(25)
  expect(new Set(replaced)).toEqual(new Set([version!.replace('v1.', 'v0.')]))
  expect((await listSources()).filter(({ path }) => path.startsWith('kubernetes'))).toEqual([])
})

test('kube-apiserver asks the lab’s etcd, over TLS', () => {
  const unit = apiserverUnitText('198.18.0.11', ['https://198.18.0.11:2379', 'https://198.18.0.12:2379'])
  expect(unit).toContain('--etcd-servers=https://198.18.0.11:2379,https://198.18.0.12:2379 \\\n')
  expect(unit).toContain('--advertise-address=198.18.0.11 \\\n')
  expect(unit).toContain('Type=notify')
})

test('the kubeconfig names kube-proxy’s certificate', () => {
  expect(load(kubeconfig('https://198.18.0.11:6443'))).toMatchObject({
    kind: 'Config',
    clusters: [{ cluster: { server: 'https://198.18.0.11:6443' } }],
    users: [{ user: { 'client-certificate': '/etc/kubernetes/ssl/kube-proxy.pem' } }],
    'current-context': 'lab',
  })
})

test.each([
  ['10.244.1.2', { address: '10.244.1.2' }],
  ['10.244.1.2:8080', { address: '10.244.1.2', port: 8080 }],
])('%s is an endpoint', (text, expected) => {
  expect(parseEndpoint(text)).toEqual(expected)
})

test.each(['n1', '10.244.1.2:', '10.244.1.2:70000', ''])('"%s" is none', text => {
  expect(() => parseEndpoint(text)).toThrow(/is no (endpoint|port)/)
})

test('certificates are signed by the CA of etcd, kept, and made afresh for other names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'netplay-control-plane-'))
  try {
    const [ca, own] = [join(folder, 'etcd-pki'), join(folder, 'pki')]
    await etcdPki(ca, ['n1'])
    const first = await controlPlanePki(own, ca, ['n1', '10.96.0.1'])
    await must(['openssl', 'verify', '-CAfile', join(ca, 'ca.pem'), join(own, 'server.pem'), join(own, 'proxy.pem')])
    expect(await must(['openssl', 'x509', '-in', join(own, 'server.pem'), '-noout', '-ext', 'subjectAltName'])).toContain(
      'IP Address:10.96.0.1',
    )
    expect(await must(['openssl', 'x509', '-in', join(own, 'proxy.pem'), '-noout', '-subject'])).toContain('system:kube-proxy')
    expect(await controlPlanePki(own, ca, ['n1', '10.96.0.1'])).toEqual(first)
    expect((await controlPlanePki(own, ca, ['n2'])).server).not.toEqual(first.server)
  } finally {
    await rm(folder, { recursive: true })
  }
})
