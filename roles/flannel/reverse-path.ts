import { sh, type CheckKind } from 'netplay'
import { bad, good } from './verdict.js'

/**
 * While a backend is switched, packets go one way over the tunnel and come back beside it; the kernel drops them where its reverse path filter is strict.
 * In force is the larger of `all` and the device's own, and a device that is made takes `default`. Source: Linux, ip-sysctl.txt.
 */
export const reversePath: CheckKind<{ uplink: string }> = {
  kind: 'reverse-path',
  scope: 'host',
  probe: ({ uplink }) => sh`for d in all default ${uplink}; do echo "$d $(cat "/proc/sys/net/ipv4/conf/$d/rp_filter")"; done`,
  verdict: ({ uplink }, _seen, { output }) => {
    const value = (device: string) => Number(new RegExp(`^${device.replaceAll('.', '\\.')} (\\d)$`, 'm').exec(output)?.[1] ?? 0)
    const strict = ['default', uplink].find(device => Math.max(value('all'), value(device)) === 1)
    if (strict === undefined) return good
    return bad(
      `rp_filter is strict (1) for ${strict === 'default' ? 'new devices' : strict}: packets would be dropped while the backend changes`,
      output.trim(),
      'sysctl net.ipv4.conf.all.rp_filter=2 for as long as the switch takes.',
    )
  },
}
