import { hostsIni } from '../../lab/ini.js'

const host = (name: string, address: string) => ({
  name,
  address,
  upper: '',
  root: '',
  pid: 1,
  segment: 1 as const,
  docker: false,
  python: false,
})
const lab = {
  hosts: [host('n1', '198.18.0.11'), host('n2', '198.18.0.12')],
  keyFile: '/labs/x/id_ed25519',
  knownHostsFile: '/labs/x/known_hosts',
}

test('the inventory names hosts, key and the hosts’ known keys', () => {
  expect(hostsIni(lab)).toBe(`n1 ansible_host=198.18.0.11
n2 ansible_host=198.18.0.12

[all:vars]
ansible_user=root
ansible_private_key_file=/labs/x/id_ed25519
ansible_ssh_common_args=-o UserKnownHostsFile=/labs/x/known_hosts
`)
})

test('groups come before the variables, in order', () => {
  const text = hostsIni(lab, { groups: { etcd: ['n1'], kube: ['n1', 'n2'] }, vars: { flannel_backend: 'vxlan' } })
  expect(text).toMatch(/\n\[etcd\]\nn1\n\n\[kube\]\nn1\nn2\n\n\[all:vars\]\n(.*\n)*flannel_backend=vxlan\n$/)
})

test('the user without a key gets none', () => {
  expect(hostsIni(lab, { user: 'pass' })).not.toContain('ansible_private_key_file')
})
