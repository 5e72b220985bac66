import { command, sh, type ShellText, type Task } from 'netplay'
import type { ProxyMode } from './config.js'
import { proxyPath, unitName } from './unit.js'

/**
 * Prints each mode but `mode` whose rules are on the host. Chains that kubelet makes as well do not count, KUBE-FIREWALL among them, which every
 * clean-up leaves (measured on v1.34.4: its 4 lines of iptables-save). ipvs uses some chains of the same names as iptables. Source: networking.md 2.7.
 */
export const rulesOfOthers = (mode: ProxyMode): ShellText => sh`
  kp_chains() {
    for t in iptables-save ip6tables-save; do
      if command -v $t >/dev/null; then $t 2>/dev/null; fi
    done
    # Asking the old variant about tables that are not there would make them.
    if [ -s /proc/net/ip_tables_names ] && command -v iptables-legacy-save >/dev/null; then iptables-legacy-save 2>/dev/null; fi
  }
  kp_others() {
    case $1 in iptables) kp_of= ;; nftables) kp_of='SERVICES |SVC-|SEP-|NODEPORTS |EXTERNAL-SERVICES ' ;; ipvs) kp_of='SVC-|SEP-|EXTERNAL-SERVICES ' ;; esac
    if [ -n "$kp_of" ] && kp_chains | grep -q -E "^:KUBE-($kp_of)"; then echo iptables; fi
    if [ "$1" != nftables ] && command -v nft >/dev/null && nft list tables 2>/dev/null | grep -q ' kube-proxy$'; then echo nftables; fi
    if [ "$1" != ipvs ] && [ -e /proc/sys/net/ipv4/conf/kube-ipvs0 ]; then echo ipvs; fi
  }
  kp_others ${mode}`

/**
 * Before the daemon starts in another mode: it is stopped, and the rules of all modes are removed by the program itself. From iptables to nftables and
 * back it would do so at its start (measured); to and from ipvs it does not. Where it runs in the right mode already, rules of others lie there since
 * long ago: it is started again. Otherwise that is what the task of the unit does.
 */
export const cleanUp = (mode: ProxyMode, metricsPort: number): Task =>
  command('Remove rules of the other modes', {
    done: String(sh`
      found=$(${rulesOfOthers(mode)})
      [ -z "$found" ]`),
    run: String(sh`
      again=
      if systemctl --quiet is-active ${unitName}; then
        now=$(curl -s -m 3 --noproxy '*' http://127.0.0.1:${metricsPort}/proxyMode || echo ${mode})
        if [ "$now" = ${mode} ]; then again=yes; fi
        systemctl stop ${unitName}
      fi
      timeout 60 ${proxyPath} --cleanup
      if [ -n "$again" ]; then systemctl start ${unitName}; fi`),
    // Rules are the daemon's: the one that undo starts again writes its own.
    undo: 'true',
    shows: `stop ${unitName}, then kube-proxy --cleanup: rules of another mode than ${mode} are on this host`,
  })
