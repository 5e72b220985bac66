import { spawnSync } from 'node:child_process'
import { dockerPools, hostFirewall, iptablesKinds, networkManagers } from '../../roles/surroundings.js'
import type { CheckKind, Verdict } from '../../src/resources/resource.js'

const nothing = { host: 'n1', hosts: ['n1'], setups: {}, etcd: [] }
const judged = <P>(kind: CheckKind<P>, params: P, output: string): Verdict => kind.verdict(params, nothing, { output, exit: 0 })
const warningOf = (verdict: Verdict) => (verdict.holds ? (verdict.warning ?? 'nothing') : verdict.reason)
const quiet = 'active inactive inactive inactive \n'

test.each([
  [quiet, 'nothing'],
  ['active active inactive inactive \n', /^firewalld is active: .*UDP port 8472 from the other hosts/],
  [`${quiet}ufw enabled\n`, /^ufw is active: /],
  ['active unknown unknown unknown \n', 'nothing'],
])('a firewall of the host: %j', (output, told) => {
  expect(warningOf(judged(hostFirewall, { udpPort: 8472 }, output))).toMatch(told)
})

const nm = 'active inactive active inactive \n'
const networkd = 'active inactive inactive active \n'
test.each([
  [quiet, 'nothing'],
  [nm, /^NetworkManager may take over flannel and cni0: set \[keyfile\] unmanaged-devices=interface-name:flannel\*;interface-name:cni0\*$/],
  [`${nm}nm interface-name:flannel*;interface-name:cni0\n`, 'nothing'],
  [`${nm}nm interface-name:flannel*\n`, /^NetworkManager may take over cni0:/],
  [networkd, /^systemd-networkd may remove the routes of flanneld/],
  [`${networkd}foreign-routes yes\nforeign-routes no\n`, 'nothing'],
  [`${quiet}foreign-routes yes\n`, 'nothing'],
])('who else manages links and routes: %j', (output, told) => {
  expect(warningOf(judged(networkManagers, { devices: ['flannel', 'cni0'], routes: 'flanneld' }, output))).toMatch(told)
})

test.each([
  [quiet, 'nothing'],
  [`${quiet}iptables 0 7\n`, 'nothing'],
  [`${quiet}iptables 3 7\n`, /^both iptables-legacy and iptables-nft hold rules/],
])('one kind of iptables: %j', (output, told) => {
  expect(warningOf(judged(iptablesKinds, {}, output))).toMatch(told)
})

test.each([
  ['', 'nothing'],
  ['docker {"default-address-pools":[{"base":"172.30.0.0/16","size":24}],"bip":"172.31.0.1/24"}\n', 'nothing'],
  ['docker {"default-address-pools":[{"base":"10.0.0.0/8","size":24}]}\n', /^docker takes addresses from 10\.0\.0\.0\/8/],
  ['docker {"bip":"10.244.3.1/24"}\n', /^docker takes addresses from 10\.244\.3\.1\/24/],
  ['docker {no JSON\n', 'nothing'],
  ['docker {"default-address-pools":[null,{"base":7}]}\n', 'nothing'],
])('networks of docker: %j', (output, told) => {
  expect(warningOf(judged(dockerPools, { network: '10.244.0.0/16' }, output))).toMatch(told)
})

test('the question ends well on a host that has none of it, and says nothing on standard error', () => {
  const text = String(hostFirewall.probe!({}, nothing))
  const ran = spawnSync('sh', ['-c', `(${text}\n)`], { encoding: 'utf8' })
  expect([ran.status, ran.stderr]).toEqual([0, ''])
  expect(ran.stdout).toMatch(/^active /)
})
