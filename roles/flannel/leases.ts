import type { EtcdCluster, EtcdValue, Seen } from 'netplay'

/** A host's subnet as flanneld wrote it. Source: flannel v0.28.10 pkg/subnet/etcd/registry.go, pkg/lease/lease.go. */
export interface Lease {
  /** `10.244.27.0/24` */
  subnet: string
  publicIp: string
  backendType: string
  vtepMac?: string
}

/** Keys below `<prefix>/subnets/`, `10.244.27.0-24`; what does not parse is no lease. */
export function parseLeases(values: readonly EtcdValue[], prefix: string): Lease[] {
  return values.flatMap(({ key, value }) => {
    const match = /^\/subnets\/(\d+\.\d+\.\d+\.\d+)-(\d+)/.exec(key.startsWith(prefix) ? key.slice(prefix.length) : '')
    if (match === null || value === null) return []
    try {
      const { PublicIP, BackendType, BackendData } = JSON.parse(value) as {
        PublicIP: string
        BackendType: string
        BackendData?: { VtepMAC?: string } | null
      }
      const vtepMac = BackendData?.VtepMAC
      return [
        { subnet: `${match[1]}/${match[2]}`, publicIp: PublicIP, backendType: BackendType, ...(vtepMac === undefined ? {} : { vtepMac }) },
      ]
    } catch {
      return []
    }
  })
}

interface LeaseKeys {
  cluster: EtcdCluster
  prefix: string
}

export const readLeases = ({ cluster, prefix }: LeaseKeys) => [{ cluster, reads: [{ key: `${prefix}/subnets/`, prefix: true }] }]
export const leasesOf = ({ prefix }: LeaseKeys, { etcd }: Pick<Seen, 'etcd'>): Lease[] => parseLeases(etcd, prefix)
