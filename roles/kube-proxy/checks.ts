import { sh, type CheckKind } from 'netplay'
import { unitLook, unitProblem } from '../unit-stable.js'
import { bad, good, sectionsOf } from '../flannel/verdict.js'
import type { ProxyMode } from './config.js'
import { kubeconfigFunctions } from './kubeconfig.js'
import { rulesOfOthers } from './rules.js'
import { unitName } from './unit.js'

export interface HealthParams {
  mode: ProxyMode
  /** the first that answers counts: in 2017 it was one, then the other */
  healthzPorts: number[]
  metricsPort: number
}

const seeJournal = `See \`journalctl -u ${unitName} -n 50\` on the host.`
/** Rules that wait longer to be written are stuck: kube-proxy looks at all of them every 30 s. */
const staleMs = 120_000

/** The daemon runs, says that its rules are fresh, and is in the mode that it should be in. Source: networking.md 3.4. */
export const proxyHealth: CheckKind<HealthParams> = {
  kind: 'proxy-health',
  scope: 'host',
  probe: ({ healthzPorts, metricsPort }) => sh`
    echo --unit
    ${unitLook(unitName)}
    if command -v curl >/dev/null; then
      echo --healthz
      for p in ${healthzPorts}; do
        if curl -sS -m 3 --noproxy '*' -w '\\n%{http_code}\\n' "http://127.0.0.1:$p/healthz" 2>&1; then break; fi
      done
      echo --mode
      curl -sS -m 3 --noproxy '*' http://127.0.0.1:${metricsPort}/proxyMode 2>&1
      echo
    fi
    echo --journal
    journalctl -u ${unitName} -n 20 -o cat --no-pager 2>/dev/null || :`,
  verdict: ({ mode }, _seen, { output }) => {
    const sections = sectionsOf(output)
    const text = (name: string) => sections.get(name)?.trim() ?? ''
    const stopped = unitProblem(unitName, text('unit'))
    if (stopped !== undefined) return bad(stopped, text('journal'), seeJournal)
    if (!sections.has('healthz')) return { holds: true, detail: 'no curl: its health was not asked' }
    const problem = healthzProblem(text('healthz'))
    if (problem !== undefined) return bad(problem, text('journal'), seeJournal)
    if (text('mode') !== mode) return bad(`kube-proxy is in mode ${text('mode') || 'unknown'}, not ${mode}`, text('journal'), seeJournal)
    return good
  },
}

/** @param said body and status code of /healthz, e.g. `{"lastUpdated": …,"currentTime": …}` and `200` */
function healthzProblem(said: string): string | undefined {
  const code = /^\d{3}$/m.exec(said)?.[0] ?? '000'
  const time = (field: string) =>
    Date.parse(new RegExp(`"${field}": ?"([^"]+?)(?: m=[^"]*)?"`).exec(said)?.[1]?.replace(goTime, '$1T$2$3:$4') ?? '')
  const behindMs = time('currentTime') - time('lastUpdated')
  if (code === '503' && /"nodeEligible": ?false/.test(said))
    return 'the Node is being deleted or drained by the autoscaler: kube-proxy says that it is not eligible'
  if (code === '000') return 'kube-proxy does not answer on its health port'
  if (code !== '200') return `kube-proxy does not say that it is healthy: ${said.split('\n').slice(-2).join(' ')}`
  return behindMs > staleMs ? `kube-proxy has not written its rules for ${Math.round(behindMs / 1000)} s` : undefined
}
/** `2026-11-22 21:08:04.792502 +0000 UTC`, as Go prints a time. */
const goTime = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d* ([+-]\d\d)(\d\d).*$/

/** Rules of two modes at once carry some packets one way and some the other. */
export const oneMode: CheckKind<{ mode: ProxyMode }> = {
  kind: 'one-mode',
  scope: 'host',
  probe: ({ mode }) => rulesOfOthers(mode),
  verdict: ({ mode }, _seen, { output }) => {
    const others = output.split('\n').filter(Boolean)
    if (others.length === 0) return good
    return bad(
      `rules of mode ${others.join(' and ')} are on this host beside those of ${mode}`,
      undefined,
      'Run the role: it stops kube-proxy, removes all rules and starts it again.',
    )
  },
}

export interface ServiceParams {
  mode: ProxyMode
  kubeconfig: string
}

/** The Service `kubernetes`, which every cluster has: its address is in the rules of the mode, and something answers behind it. */
export const serviceAnswers: CheckKind<ServiceParams> = {
  kind: 'service-answers',
  scope: 'host',
  probe: ({ mode, kubeconfig }) => sh`
    ${kubeconfigFunctions(kubeconfig)}
    [ -r "$kc" ] && command -v curl >/dev/null || exit 0
    ip=$(kc_get '/api/v1/namespaces/default/services?fieldSelector=metadata.name%3Dkubernetes' | sed -n 's/.*"clusterIP": *"\\([0-9a-fA-F.:]*\\)".*/\\1/p' | head -n 1)
    [ -n "$ip" ] || exit 0
    case $ip in *:*) six=6 bits=128 at="[$ip]" ;; *) six= bits=32 at=$ip ;; esac
    echo "ip $ip"
    case ${mode} in
      iptables) "ip\${six}tables-save" 2>/dev/null | grep -c -F -e "-d $ip/$bits " ;;
      nftables) nft list table "ip$six" kube-proxy 2>/dev/null | grep -c -F -e "$ip . " ;;
      ipvs) ip -o addr show dev kube-ipvs0 2>/dev/null | grep -c -F -e " $ip/" ;;
    esac | sed 's/^/rules /'
    echo "code $(curl -s -k -m 5 --noproxy '*' -o /dev/null -w '%{http_code}' "https://$at:443/livez")"`,
  verdict: ({ mode }, _seen, { output }) => {
    const value = (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec(output)?.[1] ?? ''
    const address = value('ip')
    if (address === '') return { holds: true, detail: 'Service kubernetes could not be read' }
    if (value('rules') === '' || value('rules') === '0')
      return bad(`the address of Service kubernetes, ${address}, is in no rule of mode ${mode}`, undefined, seeJournal)
    if (value('code') !== '' && value('code') !== '000') return { holds: true, detail: `${address} answers ${value('code')}` }
    return bad(
      `Service kubernetes (${address}:443) does not answer this host`,
      undefined,
      `See \`kubectl get endpointslices -l kubernetes.io/service-name=kubernetes\`, and that this host reaches those addresses.`,
    )
  },
}
