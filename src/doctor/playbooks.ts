import type { Role } from './cause.js'
import type { Fleet } from './view.js'

/** The shipped playbook that runs a role as this cluster has it. */
export function playbookOf(role: Role, { hosts }: Fleet): string {
  if (role === 'flannel' || role === 'etcd-seed') return 'flannel.yml'
  if (role === 'kube-proxy') return 'kube-proxy.yml'
  if (role === 'route-reflector') return 'calico-route-reflectors.yml'
  const isVxlan = hosts.some(
    ({ calico, facts }) =>
      calico?.node?.run.env.get('CALICO_NETWORKING_BACKEND')?.value === 'vxlan' ||
      facts.interfaces.some(({ name }) => name === 'vxlan.calico'),
  )
  return isVxlan ? 'calico-vxlan.yml' : 'calico-ipip.yml'
}
