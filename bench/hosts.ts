import { onHost, type Lab } from '../lab/lab.js'

/** Hosts as they were before either tool came. */
export const resetHosts = (lab: Lab): Promise<string> => onAll(lab, reset)

/**
 * What a tool left on the hosts, to see that two tools did the same. Addresses differ from host to host and are made one.
 * @throws {Error} when hosts of one lab differ
 */
export async function effectOn(lab: Lab): Promise<string> {
  return onAll(lab, effect)
}

async function onAll(lab: Lab, script: string): Promise<string> {
  const answers = await Promise.all(
    lab.hosts.map(async host => (await onHost(lab, host, script, { check: true })).stdout.replaceAll(host.address, 'ADDRESS')),
  )
  const odd = lab.hosts.find((_, i) => answers[i] !== answers[0])
  if (odd) throw new Error(`${odd.name} differs from ${lab.hosts[0]!.name}:\n${answers[0]}\n${answers[lab.hosts.indexOf(odd)]}`)
  return answers[0]!
}

const units = 'flannel.service kube-proxy.service'
const folders = '/etc/kubernetes /opt/cni /etc/cni /var/lib/kube-proxy'
const files = `/usr/local/bin/flanneld /usr/local/bin/kube-proxy /etc/default/flanneld \
  /etc/systemd/system/flannel.service /etc/systemd/system/kube-proxy.service /etc/sysctl.d/90-netplay-net.ipv4.ip_forward.conf`

const reset = `
systemctl disable --now --quiet ${units} 2>/dev/null
rm -rf ${folders} ${files} /etc/netplay-bench /var/lib/netplay /run/netplay /root/.ansible
systemctl daemon-reload
systemctl reset-failed
echo 0 >/proc/sys/net/ipv4/ip_forward
`

const effect = `
set -e
find ${folders} ${files} -printf '%p %y %#m %U:%G\\n' | sort
find ${folders} ${files} -type f | sort | while read -r path; do echo "$path"; cat "$path"; done
systemctl show --property=Id,UnitFileState,ActiveState,NeedDaemonReload ${units}
cat /proc/sys/net/ipv4/ip_forward
`
