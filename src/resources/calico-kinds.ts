import type { CalicoKindName } from '../calico.js'
import type { CalicoForm } from './calico-form.js'
import { asNumberV1, bgpPeerV1, ipPoolV1, nodeToNodeMeshV1 } from './calico-v1-forms.js'
import { formV3 } from './calico-v3-form.js'

/** Every kind of resource that can be wished for. What readers take for what is not written: networking.md 2.3, recorded/calicoctl-v3.31.txt. */
export const calicoForms: Record<CalicoKindName, CalicoForm> = {
  IPPool: formV3('IPPool', 'ippools', {
    immutable: ['/spec/cidr'],
    defaults: {
      spec: {
        vxlanMode: 'Never',
        ipipMode: 'Never',
        natOutgoing: false,
        disabled: false,
        disableBGPExport: false,
        blockSize: 26,
        nodeSelector: 'all()',
        allowedUses: ['Workload', 'Tunnel'],
        assignmentMode: 'Automatic',
      },
    },
  }),
  BGPConfiguration: formV3('BGPConfiguration', 'bgpconfigurations', {
    isShared: true,
    defaults: { spec: { nodeToNodeMeshEnabled: true, asNumber: 64512 } },
  }),
  BGPPeer: formV3('BGPPeer', 'bgppeers'),
  FelixConfiguration: formV3('FelixConfiguration', 'felixconfigurations', {
    isShared: true,
    defaults: {
      spec: {
        bpfLogLevel: '',
        bpfConnectTimeLoadBalancing: 'TCP',
        bpfHostNetworkedNATWithoutCTLB: 'Enabled',
        floatingIPs: 'Disabled',
      },
    },
  }),
  Node: formV3('Node', 'nodes'),
  ipPool: ipPoolV1,
  bgpPeer: bgpPeerV1,
  asNumber: asNumberV1,
  nodeToNodeMesh: nodeToNodeMeshV1,
}
