import { applyObject } from './control-plane.js'
import type { Lab } from './model.js'

export interface LabService {
  /** Lower case letters, digits and `-`; in namespace `default`. */
  name: string
  /** In 10.96.0.0/16; default: kube-apiserver chooses one. */
  clusterIp?: string
  /** TCP port of the Service. */
  port: number
  endpoints: LabEndpoint[]
}
export interface LabEndpoint {
  /** address of a pod */
  address: string
  /** TCP port there; default that of the Service */
  port?: number
  /** name of the pod's Node */
  node?: string
}

/**
 * A Service without a selector, and the endpoints behind it, written over the API as controllers would; a second call makes them what it says.
 * @returns the Service's address
 * @throws {LabError} the lab has no control plane
 * @throws {LabCommandError} the API refuses it, with its words
 */
export async function labService(lab: Lab, { name, clusterIp, port, endpoints }: LabService): Promise<string> {
  const spec = { ports: [{ name: 'tcp', port, protocol: 'TCP' }], ...(clusterIp === undefined ? {} : { clusterIP: clusterIp }) }
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }
  const made = (await applyObject(lab, '/api/v1/namespaces/default/services', service)) as { spec: { clusterIP: string } }
  // All endpoints of a slice have one port: a slice for each.
  const ports = [...new Set(endpoints.map(endpoint => endpoint.port ?? port))]
  for (const each of ports)
    await applyObject(
      lab,
      slices,
      sliceOf(
        name,
        each,
        endpoints.filter(endpoint => (endpoint.port ?? port) === each),
      ),
    )
  return made.spec.clusterIP
}

const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'

const sliceOf = (service: string, port: number, endpoints: readonly LabEndpoint[]) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${service}-${port}`, labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  ports: [{ name: 'tcp', port, protocol: 'TCP' }],
  endpoints: endpoints.map(({ address, node }) => ({
    addresses: [address],
    conditions: { ready: true },
    ...(node === undefined ? {} : { nodeName: node }),
  })),
})
