import { sh, type CheckKind } from 'netplay'
import { bad, good, sectionsOf } from './verdict.js'

export interface ForwardParams {
  network: string
  /** flanneld masquerades what leaves the pod network; undefined: whether it does is not judged */
  ipMasq?: boolean
}

/** The path between bridge and link is open: by our own rules, not by luck or flanneld's. Source: networking.md 3.5. */
export const podsForwarded: CheckKind<ForwardParams> = {
  kind: 'pods-forwarded',
  scope: 'host',
  probe: () => sh`
    echo --values
    for f in ipv4/ip_forward bridge/bridge-nf-call-iptables; do echo "$f $(cat /proc/sys/net/$f 2>/dev/null)"; done
    echo --forward
    iptables -w 10 -S FORWARD
    echo --masq
    iptables -w 10 -t nat -S 2>/dev/null | grep 'flanneld masq'
    if command -v nft >/dev/null; then nft list table ip flannel-ipv4 2>/dev/null | grep masquerade; fi; :`,
  verdict: ({ network, ipMasq }, _seen, { output }) => {
    const sections = sectionsOf(output)
    const lines = (name: string) => (sections.get(name) ?? '').split('\n').filter(Boolean)
    const off = lines('values').find(line => !line.endsWith(' 1'))
    if (off !== undefined) return bad(`net/${off.split(' ')[0]!} is ${off.split(' ')[1] || 'not there'}, not 1`)
    const forward = lines('forward')
    const missing = ['-s', '-d'].find(side => !forward.includes(`-A FORWARD ${side} ${network} -j ACCEPT`))
    if (missing !== undefined)
      return bad(
        `no rule in FORWARD accepts packets ${missing === '-s' ? 'from' : 'to'} ${network}`,
        forward.join('\n'),
        'See `systemctl status netplay-forward.service` on the host.',
      )
    if (ipMasq && lines('masq').length === 0) return bad('flanneld has no rules that masquerade what leaves the pod network')
    if (ipMasq === false && lines('masq').length > 0)
      return { holds: true, warning: 'flanneld is told not to masquerade, and rules of its that do are left' }
    return good
  },
}
