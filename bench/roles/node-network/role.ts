import { RequirementError, binary, defineRole, directory, file, sysctl, systemdUnit, type RoleHost } from 'netplay'

const certificateAuthority = '/etc/kubernetes/ssl/ca.pem'
const kubeProxyFolder = '/var/lib/kube-proxy'

/** What ansible/site.yml does, task by task: flannel and kube-proxy from systemd, with stand-ins for the two daemons. */
export default defineRole({
  name: 'node-network',
  params: { type: 'object', properties: {}, additionalProperties: false },
  tasks: ({ host }) => [
    directory('Folder of certificates', { path: '/etc/kubernetes/ssl', parents: true, mode: 0o755 }),
    shared('Certificate authority', certificateAuthority, 'ca.pem'),
    sysctl('Forwarding', { name: 'net.ipv4.ip_forward', value: 1 }),
    binary('Install flanneld', { path: '/usr/local/bin/flanneld', source: { path: 'files/flanneld' } }),
    file('Options of flanneld', {
      path: '/etc/default/flanneld',
      mode: 0o644,
      content: `FLANNELD_IFACE=${uplinkAddress(host)}\nFLANNELD_IP_MASQ=true\n`,
    }),
    shared('Write flannel.service', '/etc/systemd/system/flannel.service', 'flannel.service'),
    systemdUnit('Run flanneld', {
      name: 'flannel.service',
      enabled: true,
      active: true,
      inputs: ['/usr/local/bin/flanneld', '/etc/default/flanneld', certificateAuthority],
    }),
    directory('Folder of CNI plugins', { path: '/opt/cni/bin', parents: true, mode: 0o755 }),
    directory('Folder of CNI configuration', { path: '/etc/cni/net.d', parents: true, mode: 0o755 }),
    shared('CNI configuration', '/etc/cni/net.d/10-flannel.conflist', '10-flannel.conflist'),
    binary('Install kube-proxy', { path: '/usr/local/bin/kube-proxy', source: { path: 'files/kube-proxy' } }),
    directory('Folder of kube-proxy', { path: kubeProxyFolder, mode: 0o755 }),
    shared('Configuration of kube-proxy', `${kubeProxyFolder}/config.yaml`, 'kube-proxy.yaml'),
    shared('Access of kube-proxy', `${kubeProxyFolder}/kubeconfig`, 'kubeconfig', 0o600),
    shared('Write kube-proxy.service', '/etc/systemd/system/kube-proxy.service', 'kube-proxy.service'),
    systemdUnit('Run kube-proxy', {
      name: 'kube-proxy.service',
      enabled: true,
      active: true,
      inputs: ['/usr/local/bin/kube-proxy', `${kubeProxyFolder}/config.yaml`, `${kubeProxyFolder}/kubeconfig`],
    }),
  ],
})

const shared = (title: string, path: string, name: string, mode = 0o644) => file(title, { path, mode, source: { path: `files/${name}` } })

function uplinkAddress({ name, facts }: RoleHost): string {
  const uplink = facts?.interfaces.find(({ name: device }) => device === facts.defaultRoute?.dev)
  const address = uplink?.addresses.find(({ family }) => family === 4)?.address
  if (address === undefined) throw new RequirementError(`${name} has no default route`, 'Give the host one; nothing was changed.')
  return address
}
