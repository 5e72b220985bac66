import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { clientPki } from '../../lab/etcd-scripts.js'
import { openEtcd } from '../../lab/etcd.js'
import { onHost, type Lab, type LabHost } from '../../lab/lab.js'
import type { Parts } from '../../lab/parts.js'

export type Generation = 'current' | 'classic'

/**
 * flannel installed on every host of a lab by hand, as networking.md 1.3 and 2.1 say and without netplay: to test the
 * lab's parts, and to have something that netplay did not make.
 */
export async function installFlannel(lab: Lab, parts: Parts, generation: Generation, flags: string[] = []): Promise<void> {
  const { endpoints } = await openEtcd(lab)
  await Promise.all(lab.hosts.map(host => putFiles(host, parts, generation, unitText(endpoints, host, flags))))
  // A flanneld that meets an etcd without a leader ends with an error: systemd starts it again a second later.
  const start = `set -e
    sysctl -qw net.ipv4.ip_forward=1
    systemctl daemon-reload
    systemctl restart --no-block flannel.service
    for second in $(seq 45); do [ "$(systemctl is-active flannel.service)" != active ] || exit 0; sleep 1; done
    journalctl -u flannel.service -n 20 -o cat >&2
    exit 1`
  await Promise.all(lab.hosts.map(host => onHost(lab, host, start, { check: true })))
}

/** Whatever flannel left on the hosts is gone: daemon, device, routes, rules, bridge, addresses handed out. */
export async function removeFlannel(lab: Lab): Promise<void> {
  const script = `systemctl stop flannel.service
    ip link del flannel.1; ip link del cni0
    ip route show | sed -n 's/ via .* dev host0.*//p' | grep '^10[.]' | xargs -r -n1 ip route del
    iptables -w -F; iptables -w -t nat -F
    rm -rf /run/flannel /var/lib/cni /etc/cni/net.d/10-flannel.conflist /etc/systemd/system/flannel.service /opt/cni/bin/flannel`
  await Promise.all(lab.hosts.map(host => onHost(lab, host, script)))
}

async function putFiles({ root }: LabHost, parts: Parts, generation: Generation, unit: string): Promise<void> {
  await putBinary(generation === 'current' ? parts.flanneld : parts.flanneldClassic, join(root, 'usr/local/bin/flanneld'))
  await putBinary(parts.flannelCni, join(root, 'opt/cni/bin/flannel'))
  await put(join(root, 'etc/systemd/system/flannel.service'), unit)
  await put(join(root, 'etc/cni/net.d/10-flannel.conflist'), JSON.stringify(conflist))
}

const conflist = {
  name: 'cbr0',
  cniVersion: '0.3.1',
  plugins: [
    { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
}

const unitText = (endpoints: string[], host: LabHost, flags: string[]) => `[Unit]
Description=Flanneld overlay address etcd agent
After=network-online.target
Wants=network-online.target
[Service]
Type=notify
ExecStart=/usr/local/bin/flanneld -etcd-cafile=${clientPki.ca} -etcd-certfile=${clientPki.certificate} -etcd-keyfile=${clientPki.key} -etcd-endpoints=${endpoints.join(',')} -iface=${host.address} --ip-masq -healthz-ip=127.0.0.1 -healthz-port=8471 ${flags.join(' ')}
Restart=on-failure
RestartSec=1
TimeoutStartSec=20
[Install]
WantedBy=multi-user.target
`

// Renamed into place: a running program's file cannot be written to.
async function putBinary(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await copyFile(from, `${to}.new`)
  await rename(`${to}.new`, to)
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
