import type { Parts } from './parts.js'

/** group_vars/all.yml for the role flannel on lab hosts. */
export const flannelVars = ({ flanneld, flannelCni }: Pick<Parts, 'flanneld' | 'flannelCni'>): string =>
  [
    'flannel_network: 10.244.0.0/16',
    'flannel_backend: vxlan',
    `flannel_flanneld: ${JSON.stringify(flanneld)}`,
    `flannel_cni_plugins: {flannel: ${JSON.stringify(flannelCni)}}`,
    'flannel_cni_host_dir: /usr/lib/cni',
    '',
  ].join('\n')
