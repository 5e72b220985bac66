import { sh, type CheckKind, type ShellText } from 'netplay'
import { bad } from '../flannel/verdict.js'

/**
 * Shell functions that read a kubeconfig where it lies: `kc_value KEY`, the first value of that key; `kc_file KEY`, its path, relative ones as client-go
 * reads them; `kc_get PATH FLAG…`, curl to the API with its credentials. Those travel through pipes: never in a file, a command line or our output.
 * Block YAML and JSON are understood, and of several clusters or users the first.
 */
export const kubeconfigFunctions = (kubeconfig: string): ShellText => sh`
  kc=${kubeconfig}
  kc_flat() { tr '{},' '\\n\\n\\n' <"$kc"; }
  kc_value() {
    kc_flat | sed -n "s/^[-[:space:]]*[\\"']\\{0,1\\}$1[\\"']\\{0,1\\}[[:space:]]*:[[:space:]]*//p" | head -n 1 |
      sed "s/[[:space:]]#.*$//; s/[[:space:]]*$//; s/^\\"\\(.*\\)\\"$/\\1/; s/^'\\(.*\\)'$/\\1/"
  }
  kc_file() {
    kc_path=$(kc_value "$1")
    case $kc_path in ''|/*) ;; *) kc_path=\${kc%/*}/$kc_path ;; esac
    printf '%s\\n' "$kc_path"
  }
  kc_pem() {
    kc_data=$(kc_value "$1-data")
    if [ -n "$kc_data" ]; then printf %s "$kc_data" | base64 -d; return; fi
    kc_path=$(kc_file "$1")
    if [ -n "$kc_path" ]; then cat "$kc_path"; fi
  }
  kc_has() { [ -n "$(kc_value "$1-data")$(kc_value "$1")" ]; }
  kc_token() {
    kc_path=$(kc_file tokenFile)
    if [ -n "$kc_path" ]; then kc_data=$(cat "$kc_path"); else kc_data=$(kc_value token); fi
    if [ -n "$kc_data" ]; then printf 'Authorization: Bearer %s\\n' "$kc_data"; fi
  }
  kc_get() {
    kc_url=$(kc_value server)$1; shift
    set -- "$@" -sS -m 5 -H @-
    if kc_has certificate-authority; then set -- "$@" --cacert /dev/fd/3; fi
    case $(kc_value insecure-skip-tls-verify) in true) set -- "$@" -k ;; esac
    if kc_has client-certificate; then set -- "$@" --cert /dev/fd/4 --key /dev/fd/5; fi
    kc_pem certificate-authority | { exec 3<&0
      kc_pem client-certificate | { exec 4<&0
        kc_pem client-key | { exec 5<&0
          kc_token | curl "$@" "$kc_url" 2>&1; }; }; }
  }`

/** It is there and says whom to ask, as whom; every file that it names is there. What is secret in it stays on the host. */
export const kubeconfigWhole: CheckKind<{ path: string }> = {
  kind: 'kubeconfig-whole',
  scope: 'host',
  probe: ({ path }) => sh`
    ${kubeconfigFunctions(path)}
    if [ ! -e "$kc" ]; then echo missing; exit 0; fi
    if [ ! -f "$kc" ] || [ ! -r "$kc" ]; then echo unreadable; exit 0; fi
    for k in kind current-context server; do printf '%s %s\\n' "$k" "$(kc_value $k)"; done
    for k in client-certificate-data client-key-data token exec username; do
      if kc_flat | grep -q "^[-[:space:]]*[\\"']\\{0,1\\}$k[\\"']\\{0,1\\}[[:space:]]*:"; then echo "has $k"; fi
    done
    for k in certificate-authority client-certificate client-key tokenFile; do
      f=$(kc_file $k)
      if [ -z "$f" ]; then continue; fi
      echo "has $k"
      [ -r "$f" ] || echo "gone $k $f"
    done`,
  verdict: ({ path }, _seen, { output }) => {
    const problem = kubeconfigProblem(output.split('\n').filter(Boolean))
    return problem === undefined ? { holds: true } : bad(`${path} ${problem}`, undefined, next)
  },
}

const next =
  "Write kube-proxy's own kubeconfig there (kubectl config set-cluster, set-credentials, set-context, use-context), or set kube_proxy_kubeconfig."

function kubeconfigProblem(lines: readonly string[]): string | undefined {
  if (lines.includes('missing')) return 'is not on the host'
  if (lines.includes('unreadable')) return 'is no file that can be read'
  const value = (key: string) => lines.find(line => line.startsWith(`${key} `))?.slice(key.length + 1) ?? ''
  const has = (key: string) => lines.includes(`has ${key}`)
  if (value('kind') !== 'Config') return `is no kubeconfig: it does not say kind: Config`
  if (!/^https?:\/\/[^/\s]+/.test(value('server'))) return 'names no server'
  if (value('current-context') === '') return 'has no current-context: kube-proxy would take none of its clusters'
  const gone = lines.filter(line => line.startsWith('gone ')).map(line => line.slice('gone '.length))
  if (gone.length > 0) return `names what cannot be read: ${gone.join(', ')}`
  const certificate = has('client-certificate') || has('client-certificate-data')
  const key = has('client-key') || has('client-key-data')
  if (certificate !== key) return certificate ? 'has a client certificate without its key' : 'has a client key without its certificate'
  if (certificate || ['token', 'tokenFile', 'exec', 'username'].some(has)) return undefined
  return 'has no credentials: no client certificate, no token'
}

export interface NodeParams {
  kubeconfig: string
  node: string
}

/** kube-proxy waits for ever, without a word, for a Node that does not exist, and for an API that does not answer (measured on v1.34.4). */
export const nodeKnown: CheckKind<NodeParams> = {
  kind: 'node-known',
  scope: 'host',
  probe: ({ kubeconfig, node }) => sh`
    ${kubeconfigFunctions(kubeconfig)}
    [ -r "$kc" ] && command -v curl >/dev/null || { echo '-'; exit 0; }
    if kc_flat | grep -q '^[-[:space:]]*"\\{0,1\\}exec"\\{0,1\\}[[:space:]]*:'; then echo '-'; exit 0; fi
    kc_value server
    kc_get ${`/api/v1/nodes/${node}`} -o /dev/null -w '%{http_code}\\n'`,
  verdict: ({ kubeconfig, node }, _seen, { output }) => {
    const [server = '-', ...rest] = output.trim().split('\n')
    const code = rest.at(-1) ?? ''
    if (server === '-' || code === '200') return { holds: true, ...(server === '-' ? { detail: 'not asked' } : {}) }
    const words = rest.slice(0, -1).join('\n')
    if (code === '404')
      return bad(
        `${server} knows no Node ${node}: kube-proxy would wait for it for ever`,
        words,
        'Set kube_proxy_node_name to the name that `kubectl get nodes` shows for this host; kubelet makes it, so kubelet comes first.',
      )
    if (code === '401')
      return bad(
        `${server} does not accept the credentials in ${kubeconfig}`,
        words,
        'See that they are signed by its CA and have not expired.',
      )
    if (code === '403')
      return bad(`${server} does not let ${kubeconfig} read Node ${node}`, words, 'Bind its user to ClusterRole system:node-proxier.')
    if (code === '000')
      return bad(`${server} does not answer this host`, words, 'See that kube-apiserver runs, and that this host reaches it.')
    return bad(`${server} answers ${code} when asked for Node ${node}`, words)
  },
}
