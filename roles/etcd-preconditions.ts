import { check, sh, type Check, type CheckKind, type EtcdCluster, type Verdict } from 'netplay'

/**
 * What a daemon that reads etcd does not tell by itself: flanneld hangs without a word on a wrong endpoint, a missing client certificate, or
 * plain http to a TLS etcd. Asked on every host with the daemon's own files, before anything is written anywhere.
 */
export const etcdPreconditions = (cluster: EtcdCluster): Check[] => [
  check('etcd client certificates', certificates, { cluster }),
  check('etcd answers this host', etcdAnswers, { cluster }),
]

interface ClusterParams {
  cluster: EtcdCluster
}

/** 30 days */
const soonSeconds = 2_592_000

/** The three files are there, belong together, are valid now and for a client; openssl looks inside where the host has it. */
export const certificates: CheckKind<ClusterParams> = {
  kind: 'certificates',
  scope: 'host',
  probe: ({ cluster: { caFile, certFile, keyFile } }) =>
    caFile === undefined
      ? sh`:`
      : sh`
        ca=${caFile} cert=${certFile ?? ''} key=${keyFile ?? ''}
        for f in "$ca" "$cert" "$key"; do
          [ -f "$f" ] || { echo "$f is missing"; exit 1; }
          [ -r "$f" ] || { echo "$f cannot be read"; exit 1; }
        done
        echo "mode $(stat -L -c %a "$key" 2>/dev/null) $key"
        command -v openssl >/dev/null || { echo 'unseen'; exit 0; }
        openssl x509 -in "$ca" -noout 2>/dev/null || { echo "$ca is no certificate"; exit 1; }
        openssl x509 -in "$cert" -noout 2>/dev/null || { echo "$cert is no certificate"; exit 1; }
        openssl pkey -in "$key" -passin pass: -noout 2>/dev/null || { echo "$key is no key, or has a passphrase"; exit 1; }
        [ "$(openssl x509 -in "$cert" -noout -pubkey)" = "$(openssl pkey -in "$key" -pubout)" ] || { echo "$key does not belong to $cert"; exit 1; }
        openssl x509 -in "$cert" -noout -checkend 0 >/dev/null || { echo "$cert has expired ($(openssl x509 -in "$cert" -noout -enddate))"; exit 1; }
        for f in "$cert" "$ca"; do
          openssl x509 -in "$f" -noout -checkend ${soonSeconds} >/dev/null || echo "soon $f ($(openssl x509 -in "$f" -noout -enddate))"
        done
        words=$(openssl verify -purpose sslclient -CAfile "$ca" "$cert" 2>&1) && exit 0
        printf '%s\\n' "$words"
        case $words in
          *purpose*) echo "$cert is not meant for clients: its extended key usage lacks clientAuth" ;;
          *'not yet valid'*) echo "$cert is not valid yet by this host's clock ($(openssl x509 -in "$cert" -noout -startdate))" ;;
          *) echo "$cert is not signed by the CA in $ca" ;;
        esac
        exit 1`,
  verdict: (_params, _seen, { output, exit }) => judgeCertificates(output.trim().split('\n'), exit),
}

function judgeCertificates(lines: readonly string[], exit: number): Verdict {
  const words = lines.filter(line => line !== '' && !/^(mode |soon |unseen$)/.test(line))
  const [, mode = '600', key = ''] = lines.map(line => /^mode ([0-7]{3,4}) (.*)$/.exec(line)).find(match => match !== null) ?? []
  // 0640 is the most: a group of readers, and nobody else.
  const isOpen = (parseInt(mode, 8) & 0o037) !== 0
  if (exit === 0 && !isOpen) return { holds: true, ...oddOf(lines) }
  return {
    holds: false,
    reason: exit === 0 ? `${key} has mode ${mode}: others can read or change it` : (words.at(-1) ?? 'the files cannot be looked at'),
    ...(words.length > 1 ? { evidence: words.slice(0, -1).join('\n') } : {}),
    next:
      exit === 0
        ? `chmod 0600 ${key}, or 0640 with a group of its readers.`
        : 'Put certificates there that belong together, or name others (flannel_etcd_ca_file, flannel_etcd_cert_file, flannel_etcd_key_file).',
  }
}

function oddOf(lines: readonly string[]): { warning?: string } {
  const soon = lines.filter(line => line.startsWith('soon ')).map(line => line.slice(5))
  if (lines.includes('unseen'))
    return { warning: 'the files are there; what is in them was not looked at, because the host has no openssl' }
  return soon.length === 0 ? {} : { warning: `${soon.join(' and ')} expires within 30 days: renew it in time` }
}

/** Most of the members must answer this host, healthily: one that is down for a while stops nobody. */
export const etcdAnswers: CheckKind<ClusterParams> = {
  kind: 'etcd-answers',
  scope: 'host',
  probe: ({ cluster: { api, endpoints, caFile, certFile, keyFile } }) => sh`
    command -v curl >/dev/null || { echo 'no curl'; exit 0; }
    ask() { curl -sS -m 5 --noproxy '*' ${caFile === undefined ? [] : ['--cacert', caFile, '--cert', certFile ?? '', '--key', keyFile ?? '']} "$@" 2>&1; }
    for e in ${endpoints}; do
      answer=$(ask "$e/health") || case $e in
        # The handshake was done, or ended by an alert of somebody who speaks TLS: what comes after it differs from run to run.
        http:*) tls=$(curl -sS -k -m 5 --noproxy '*' -o /dev/null -w 'tls %{time_appconnect} end' "https\${e#http}/health" 2>&1); case $tls in *'tls '*[1-9]*' end'*|*alert*) answer="$answer; TLS answers there" ;; esac ;;
      esac
      printf '%s %s\\n' "$e" "$(printf %s "$answer" | tr '\\n' ' ' | cut -c1-300)"
      case $answer in *'"health"'*true*) ;; *) continue ;; esac
      # Two clusters behind one list of endpoints: each write goes to one of them.
      members=${endpoints.length}
      [ "$members" -gt 1 ] || continue
      case ${api} in
        v2) id=$(ask -D - -o /dev/null "$e/v2/members" | tr -d '\\r' | sed -n 's/^[Xx]-[Ee]tcd-[Cc]luster-[Ii][Dd]: *//p') ;;
        *) id=$(ask -d '{}' "$e/v3/maintenance/status" | sed -n 's/.*"cluster_id":"\\([0-9]*\\)".*/\\1/p') ;;
      esac
      [ -z "$id" ] || printf 'cluster %s %s\\n' "$id" "$e"
    done`,
  verdict: ({ cluster }, _seen, { output }) => judgeMembers(cluster.endpoints, output.trim().split('\n')),
}

function judgeMembers(endpoints: readonly string[], lines: readonly string[]): Verdict {
  if (lines[0] === 'no curl')
    return {
      holds: true,
      warning: 'whether etcd answers with these files was not asked, because the host has no curl: flanneld would hang without a word',
    }
  const answers = lines.filter(line => !line.startsWith('cluster '))
  const bad = answers.filter(line => !/"health":\s*"?true/.test(line))
  const healthy = answers.length - bad.length
  if (healthy > endpoints.length / 2)
    return twoClusters(lines) ?? { holds: true, detail: `${healthy} of ${endpoints.length} members are healthy` }
  const [first = ''] = bad
  return {
    holds: false,
    reason: `${endpoints.length === 1 ? '' : `only ${healthy} of ${endpoints.length} members are healthy: `}${memberTrouble(first)}`,
    evidence: bad.join('\n'),
    next: 'Mend etcd, its address (flannel_etcd_endpoints) or the certificates first: flanneld would hang without a word.',
  }
}

/** @param lines with `cluster ID ENDPOINT` of each member that said so */
function twoClusters(lines: readonly string[]): Verdict | undefined {
  const ids = lines.filter(line => line.startsWith('cluster ')).map(line => line.split(' '))
  if (new Set(ids.map(([, id]) => id)).size < 2) return undefined
  return {
    holds: false,
    reason: `the endpoints are members of different clusters: ${ids.map(([, id, endpoint]) => `${endpoint} of ${id}`).join(', ')}`,
    next: 'Name the members of one cluster in etcd_endpoints: daemons would read one store, and what is written would be in the other.',
  }
}

function memberTrouble(line: string): string {
  const [endpoint = '', ...words] = line.split(' ')
  const said = words.join(' ').trim()
  // Go's own TLS server says so in words; etcd's hangs up.
  if (endpoint.startsWith('http:') && /TLS answers there|HTTP request to an HTTPS server/.test(said))
    return `${endpoint} wants TLS, and the endpoint says http`
  return `${endpoint}: ${said === '' ? 'no answer' : said}`
}
