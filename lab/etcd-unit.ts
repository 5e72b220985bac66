/** A member of a lab's etcd: a lab host. */
export interface EtcdMember {
  name: string
  address: string
}

/** Where the member finds its own copies of the certificates: etcd's account may not read root's. */
export const memberPki = '/etc/etcd/pki'
export const memberData = '/var/lib/etcd/netplay-lab'

/** Text of etcd.service for one member: TLS with client certificates to clients and peers. Source: etcd 3.4, "Configuration flags". */
export function etcdUnit(member: EtcdMember, members: readonly EtcdMember[], v2: boolean): string {
  const client = `https://${member.address}:2379`
  const peer = `https://${member.address}:2380`
  const flags = [
    `--name=${member.name}`,
    `--data-dir=${memberData}`,
    `--listen-client-urls=${client},https://127.0.0.1:2379`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=${initialCluster(members)}`,
    '--initial-cluster-token=netplay-lab',
    '--initial-cluster-state=new',
    `--enable-v2=${v2}`,
    '--client-cert-auth',
    ...tlsFlags(''),
    '--peer-client-cert-auth',
    ...tlsFlags('peer-'),
    '--logger=zap',
  ]
  return unitText(flags)
}

/** `n1=https://198.18.0.11:2380,…`: what tells one cluster of a lab from another. */
export const initialCluster = (members: readonly EtcdMember[]): string =>
  members.map(({ name, address }) => `${name}=https://${address}:2380`).join(',')

const tlsFlags = (prefix: string) => [
  `--${prefix}trusted-ca-file=${memberPki}/ca.pem`,
  `--${prefix}cert-file=${memberPki}/etcd.pem`,
  `--${prefix}key-file=${memberPki}/etcd-key.pem`,
]

const unitText = (flags: string[]) => `# Written by netplay lab etcd.
[Unit]
Description=etcd of netplay's lab
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
User=etcd
ExecStart=/usr/bin/etcd \\
  ${flags.join(' \\\n  ')}
Restart=on-failure
RestartSec=1
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
`
