import { sh, type CheckKind } from 'netplay'

/** The runtime takes the first file by name: it must be ours. */
export const cniFolder: CheckKind<{ folder: string; ours: string }> = {
  kind: 'cni-folder',
  scope: 'host',
  probe: ({ folder }) => sh`
    cd ${folder} 2>/dev/null || exit 0
    for f in *.conf *.conflist *.json; do [ -f "$f" ] && printf '%s\n' "$f"; done; :`,
  verdict: ({ folder, ours }, _seen, { output }) => {
    const others = output.split('\n').filter(name => name !== '' && name !== ours)
    if (others.length === 0) return { holds: true }
    return {
      holds: false,
      reason: `another CNI configuration is in ${folder}: ${others.join(', ')}`,
      next: `Move it to a folder outside ${folder}: with two, some pods get addresses of the wrong network.`,
    }
  },
}

/** Every plugin that the configuration names must be on the host or come with the role. */
export const pluginsPresent: CheckKind<{ folders: string[]; names: string[]; prefix?: string }> = {
  kind: 'plugins-present',
  scope: 'host',
  probe: ({ folders, names }) => sh`
    for n in ${names}; do
      for d in ${folders}; do [ -x "$d/$n" ] && continue 2; done
      echo "$n"
    done`,
  verdict: ({ folders, prefix = 'flannel' }, _seen, { output }) => {
    const missing = output.split('\n').filter(Boolean)
    if (missing.length === 0) return { holds: true }
    return {
      holds: false,
      reason: `CNI plugins are missing in ${folders.join(' and ')}: ${missing.join(', ')}`,
      next: `Name them in ${prefix}_cni_plugins, or install them on the host (${prefix}_cni_host_dir).`,
    }
  },
}

/** A daemon that the role does not bring must be there. */
export const binaryPresent: CheckKind<{ path: string; variable?: string }> = {
  kind: 'binary-present',
  scope: 'host',
  probe: ({ path }) => sh`[ -x ${path} ]`,
  verdict: ({ path, variable = 'flannel_flanneld' }, _seen, { exit }) =>
    exit === 0
      ? { holds: true }
      : {
          holds: false,
          reason: `${path} is not on the host`,
          next: `Set ${variable} to the binary on the controller (or {url, sha256, member}).`,
        },
}

/** Folders that the role writes to can be written to, and programs run where they are put. A folder that is not there counts as its parent. */
export const foldersWritable: CheckKind<{ folders: string[]; programs: string[] }> = {
  kind: 'folders-writable',
  scope: 'host',
  probe: ({ folders, programs }) => sh`
    at() { d=$1; while [ ! -d "$d" ]; do d=$(dirname "$d"); done; }
    for f in ${folders}; do at "$f"; [ -w "$d" ] || echo "$d cannot be written to"; done
    for f in ${programs}; do at "$f"; case ,$(findmnt -n -o OPTIONS -T "$d" 2>/dev/null), in *,noexec,*) echo "$d is mounted noexec: no program runs there" ;; esac; done`,
  verdict: (_params, _seen, { output }) => {
    const problems = [...new Set(output.split('\n').filter(Boolean))]
    return problems.length === 0
      ? { holds: true }
      : { holds: false, reason: problems.join('; '), next: 'See `findmnt -T FOLDER` on the host: remount it, or mend the disk.' }
  },
}

export interface PortsParams {
  /** vxlan: identifier and UDP port; undefined for host-gw */
  vni?: number
  port?: number
  /** 0: off */
  healthzPort: number
}

/** Nobody else has the ports. A vxlan device of another identifier may share the UDP port. */
export const portsFree: CheckKind<PortsParams> = {
  kind: 'ports-free',
  scope: 'host',
  probe: ({ port = 0, healthzPort }) => sh`
    ip -d -o link show type vxlan 2>/dev/null | while read -r number name rest; do
      id=\${rest#*vxlan }; id=\${id#id }; port=\${rest#*dstport }
      echo "vxlan \${name%%[:@]*} \${id%% *} \${port%% *}"
    done
    command -v ss >/dev/null || exit 0
    ss -H -l -n -u -p "sport = :${port}" 2>/dev/null | sed -n 's/.*users:((\"\\([^\"]*\\)\".*/udp \\1/p'
    ss -H -l -n -t -p "sport = :${healthzPort}" 2>/dev/null | sed -n 's/.*users:((\"\\([^\"]*\\)\".*/tcp \\1/p'`,
  verdict: ({ vni, port, healthzPort }, _seen, { output }) => {
    const lines = output.split('\n').map(line => line.split(' '))
    const device = lines.find(
      ([what, name, id, at]) =>
        what === 'vxlan' && vni !== undefined && name !== `flannel.${vni}` && id === String(vni) && at === String(port),
    )
    if (device !== undefined)
      return {
        holds: false,
        reason: `${device[1]} has VNI ${vni} and UDP port ${port} already`,
        next: 'Remove that device, or choose another flannel_vni or flannel_port.',
      }
    const udp = lines.find(([what]) => what === 'udp')
    if (udp !== undefined && port !== undefined)
      return { holds: false, reason: `UDP port ${port} is taken by ${udp[1]}`, next: 'Stop that program, or choose another flannel_port.' }
    const tcp = lines.find(([what, program]) => what === 'tcp' && program !== 'flanneld')
    if (tcp !== undefined && healthzPort !== 0)
      return {
        holds: false,
        reason: `TCP port ${healthzPort} is taken by ${tcp[1]}`,
        next: 'Choose another flannel_healthz_port; 0 turns it off.',
      }
    return { holds: true }
  },
}
