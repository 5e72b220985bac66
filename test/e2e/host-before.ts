import { inNetns, onHost, type Lab, type LabHost } from '../../lab/lab.js'

/** What belongs to daemons or to netplay itself, and is not put back. */
const notOurs = [
  /^var\/log\//, // logs
  /^var\/tmp\/systemd-private-/, // made anew at every boot
  /^var\/lib\/cni\//, // the CNI plugins' own: addresses given to the pods of the health check
  /^var\/lib\/cni$/,
  /^var\/lib\/netplay(\/(applied(\/.*)?|runs))?$/, // that a plan was applied here
]

/**
 * Every path of a host's own files: type, mode, owner, and of what was written since it was made the content. Folders are those of the whole
 * system: one that was merely looked into by an overlay counts as the same.
 * @returns `path` → `d 755 0:0`, `f 644 0:0 <sha256>`, `l 777 0:0 <target>`
 */
export async function treeOf(lab: Lab, { root, upper }: LabHost): Promise<Map<string, string>> {
  const script = `set -e
    cd "$1"; find . -xdev -mindepth 1 -type d -printf '%P\\t%y %m %U:%G\\n'
    cd "$2"; find . -mindepth 1 ! -type d ! -type f -printf '%P\\t%y %m %U:%G %l\\n'
    find . -type f -printf '%P\\t%y %m %U:%G \\n' | while IFS='	' read -r path words; do printf '%s\\t%s%s\\n' "$path" "$words " "$(sha256sum <"$path")"; done`
  const { stdout, stderr, code } = await inNetns(lab, ['sh', '-c', script, 'sh', root, upper])
  if (code !== 0) throw new Error(stderr)
  const entries = stdout.split('\n').flatMap(line => (line === '' ? [] : [line.split('\t') as [string, string]]))
  return new Map(entries.filter(([path]) => !notOurs.some(pattern => pattern.test(path))))
}

/** What the flannel role sets besides files: settings, units, rules. */
export async function liveOf(lab: Lab, host: string): Promise<string> {
  const script = `cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/bridge/bridge-nf-call-iptables
    systemctl show --property=Id,LoadState,UnitFileState,ActiveState,NeedDaemonReload flannel.service netplay-forward.service
    iptables -w -S FORWARD | grep -v FLANNEL || :`
  return (await onHost(lab, host, script, { check: true })).stdout
}

/** What differs, as a reader wants it: `+ path`, `- path`, `~ path before after`. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort()
  return paths.flatMap(path => {
    const [was, is] = [before.get(path), after.get(path)]
    if (was === is) return []
    if (was === undefined) return [`+ ${path} ${is}`]
    return is === undefined ? [`- ${path} ${was}`] : [`~ ${path} ${was} → ${is}`]
  })
}

/** How often systemd has started a unit since the host booted. Source: systemd.journal-fields(7), SD_MESSAGE_UNIT_STARTED. */
export async function startsOf(lab: Lab, host: string, unit: string): Promise<number> {
  const script = `journalctl --sync; journalctl -q -o cat MESSAGE_ID=39f53479d3a045ac8e11786248231fbf UNIT=${unit} | wc -l`
  return Number((await onHost(lab, host, script, { check: true })).stdout)
}

/** What a run that died may have left and the next one clears: temporary names, contents brought, the file that stops a run. */
export async function leftoversOf(lab: Lab, host: string): Promise<string[]> {
  const script = `find / -xdev -name '.np-*' 2>/dev/null; find /run -xdev -name '.np-*'
    find /var/lib/netplay/slots /run/netplay/stop-* 2>/dev/null; :`
  return (await onHost(lab, host, script, { check: true })).stdout.split('\n').filter(Boolean)
}
