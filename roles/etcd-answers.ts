import { sh, type CheckKind, type EtcdCluster, type Verdict } from 'netplay'

interface ClusterParams {
  cluster: EtcdCluster
}

/** Most of the members must answer this host, healthily: one that is down for a while stops nobody, and is told. */
export const etcdAnswers: CheckKind<ClusterParams> = {
  kind: 'etcd-answers',
  scope: 'host',
  probe: ({ cluster: { api, endpoints, caFile, certFile, keyFile } }) => sh`
    command -v curl >/dev/null || { echo 'no curl'; exit 0; }
    ask() { curl -sS -m 5 --noproxy '*' ${caFile === undefined ? [] : ['--cacert', caFile, '--cert', certFile ?? '', '--key', keyFile ?? '']} "$@" 2>&1; }
    field() { printf %s "$said" | tr -d '\\r' | sed -n "s/.*$1.*/\\\\1/p" | head -n 1; }
    for e in ${endpoints}; do
      answer=$(ask "$e/health") || case $e in
        # The handshake was done, or ended by an alert of somebody who speaks TLS: what comes after it differs from run to run.
        http:*) tls=$(curl -sS -k -m 5 --noproxy '*' -o /dev/null -w 'tls %{time_appconnect} end' "https\${e#http}/health" 2>&1); case $tls in *'tls '*[1-9]*' end'*|*alert*) answer="$answer; TLS answers there" ;; esac ;;
      esac
      printf '%s %s\\n' "$e" "$(printf %s "$answer" | tr '\\n' ' ' | cut -c1-300)"
      case $answer in *'"health"'*true*) ;; *) continue ;; esac
      # Two clusters behind one list of endpoints: each write goes to one of them.
      case ${api} in
        v2)
          said=$(ask -D - "$e/v2/members" "$e/version")
          id=$(field '^[Xx]-[Ee]tcd-[Cc]luster-[Ii][Dd]: *\\([0-9a-f]*\\)') version=$(field '"etcdserver":"\\([0-9.]*\\)')
          case $said in *' 404'*'"etcdserver"'*) echo "lacks v2 $e \${version:-?}" ;; esac ;;
        *)
          said=$(ask -d '{}' "$e/v3/maintenance/status")
          id=$(field '"cluster_id":"\\([0-9]*\\)') version=$(field '"version":"\\([0-9.]*\\)') ;;
      esac
      [ -z "$id" ] || printf 'cluster %s %s\\n' "$id" "$e"
      [ -z "$version" ] || printf 'version %s %s\\n' "$version" "$e"
    done`,
  verdict: ({ cluster }, _seen, { output }) => judgeMembers(cluster.endpoints, output.trim().split('\n')),
}

function judgeMembers(endpoints: readonly string[], lines: readonly string[]): Verdict {
  if (lines[0] === 'no curl')
    return {
      holds: true,
      warning: 'whether etcd answers with these files was not asked, because the host has no curl: flanneld would hang without a word',
    }
  const answers = lines.filter(line => /^https?:/.test(line))
  const bad = answers.filter(line => !/"health":\s*"?true/.test(line))
  const healthy = answers.length - bad.length
  const needed = Math.floor(endpoints.length / 2) + 1
  if (healthy < needed) return noQuorum({ count: endpoints.length, healthy, needed }, bad)
  return (
    twoClusters(lines) ??
    lackingApi(lines) ?? {
      holds: true,
      detail: `${healthy} of ${endpoints.length} members are healthy`,
      ...told(lines, bad, healthy, needed),
    }
  )
}

const noQuorum = ({ count, healthy, needed }: { count: number; healthy: number; needed: number }, bad: readonly string[]): Verdict => ({
  holds: false,
  reason: `${count === 1 ? '' : `only ${healthy} of ${count} members are healthy, and etcd needs ${needed} for a quorum: `}${memberTrouble(bad[0] ?? '')}`,
  evidence: bad.join('\n'),
  next: 'Mend etcd, its address (flannel_etcd_endpoints) or the certificates first: flanneld would hang without a word.',
})

/** The same words on every host that sees the same: what a member says in its trouble differs from host to host. */
function told(lines: readonly string[], bad: readonly string[], healthy: number, needed: number): { warning?: string } {
  const names = bad.map(line => line.split(' ')[0]!)
  const spare = healthy - needed
  const down =
    names.length === 0
      ? []
      : [
          `etcd's ${names.length === 1 ? 'member' : 'members'} ${names.join(' and ')} ${names.length === 1 ? 'does' : 'do'} not answer healthily: the others are enough, ${spare === 0 ? 'but none of them can be spared' : `and ${spare} of them can be spared`}`,
        ]
  const old = words(lines, 'version').find(([version = '']) => isBefore(version, 3, 4))
  const both = [...down, ...(old === undefined ? [] : [`etcd ${old[0]} at ${old[1]} is older than 3.4, which nobody tried with this`])]
  return both.length === 0 ? {} : { warning: both.join('; ') }
}

const words = (lines: readonly string[], word: string): string[][] =>
  lines.filter(line => line.startsWith(`${word} `)).map(line => line.split(' ').slice(1))

const isBefore = (version: string, major: number, minor: number): boolean => {
  const [own = 0, ownMinor = 0] = version.split('.').map(Number)
  return own < major || (own === major && ownMinor < minor)
}

/** @param lines with `cluster ID ENDPOINT` of each member that said so */
function twoClusters(lines: readonly string[]): Verdict | undefined {
  const ids = words(lines, 'cluster')
  if (new Set(ids.map(([id]) => id)).size < 2) return undefined
  return {
    holds: false,
    reason: `the endpoints are members of different clusters: ${ids.map(([id, endpoint]) => `${endpoint} of ${id}`).join(', ')}`,
    next: 'Name the members of one cluster in etcd_endpoints: daemons would read one store, and what is written would be in the other.',
  }
}

/** P34. @param lines with `lacks v2 ENDPOINT VERSION` of each member that does not serve it. Source: networking.md 2.8 */
function lackingApi(lines: readonly string[]): Verdict | undefined {
  const [first] = words(lines, 'lacks')
  if (first === undefined) return undefined
  const [api, endpoint, version = '?'] = first
  const mends =
    isBefore(version, 3, 6) || version === '?'
      ? 'Start every member with --enable-v2 (off since etcd 3.4)'
      : 'Use etcd up to 3.5 with --enable-v2 (3.6 has no v2 API)'
  return {
    holds: false,
    reason: `${endpoint} (etcd ${version}) does not serve the ${api} API, which profile classic reads`,
    next: `${mends}, or use profile current.`,
  }
}

function memberTrouble(line: string): string {
  const [endpoint = '', ...rest] = line.split(' ')
  const said = rest.join(' ').trim()
  // Go's own TLS server says so in words; etcd's hangs up.
  if (endpoint.startsWith('http:') && /TLS answers there|HTTP request to an HTTPS server/.test(said))
    return `${endpoint} wants TLS, and the endpoint says http`
  return `${endpoint}: ${said === '' ? 'no answer' : said}`
}
