import { sh, type CheckKind, type RoleHost } from 'netplay'
import { bad, good } from './verdict.js'

/**
 * While a backend is switched, packets go one way over the tunnel and come back beside it; the kernel drops them where its reverse path filter is strict.
 * In force is the larger of `all` and the device's own, and a device that is made takes `default`. Source: Linux, ip-sysctl.txt.
 */
export const reversePath: CheckKind<{ uplink: string }> = {
  kind: 'reverse-path',
  scope: 'host',
  probe,
  verdict: ({ uplink }, _seen, { output }) => {
    const strict = strictFor(uplink, output)
    if (strict === undefined) return good
    return bad(
      `rp_filter is strict (1) for ${strict === 'default' ? 'new devices' : strict}: packets would be dropped while the backend changes`,
      output.trim(),
      'sysctl net.ipv4.conf.all.rp_filter=2 for as long as the switch takes.',
    )
  },
}

/** A host with several links may get a packet on another one than it would answer on; there a strict filter drops it. */
export const severalLinks: CheckKind<{ uplink: string; links: readonly string[] }> = {
  kind: 'several-links',
  scope: 'host',
  probe,
  verdict: ({ uplink, links }, _seen, { output }) => {
    const strict = links.length < 2 ? undefined : strictFor(uplink, output)
    if (strict === undefined) return good
    return {
      holds: true,
      warning: `rp_filter is strict (1) and the host has ${links.join(' and ')}: packets that come in by the other link are dropped; 2 (loose) lets them in`,
    }
  },
}

function probe({ uplink }: { uplink: string }) {
  return sh`for d in all default ${uplink}; do echo "$d $(cat "/proc/sys/net/ipv4/conf/$d/rp_filter")"; done`
}

function strictFor(uplink: string, output: string): string | undefined {
  const value = (device: string) => Number(new RegExp(`^${device.replaceAll('.', '\\.')} (\\d)$`, 'm').exec(output)?.[1] ?? 0)
  return ['default', uplink].find(device => Math.max(value('all'), value(device)) === 1)
}

/** Links of the host itself that have an address: not of containers, tunnels and bridges of theirs. */
export const linksOf = ({ facts }: RoleHost): string[] =>
  (facts?.interfaces ?? [])
    .filter(
      ({ name, addresses }) =>
        !/^(lo|docker|cni|flannel|cali|tunl|veth|br-|virbr|vxlan|kube-)/.test(name) && addresses.some(({ family }) => family === 4),
    )
    .map(({ name }) => name)
