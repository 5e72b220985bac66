import { check, sh, type Check, type CheckKind, type EtcdCluster, type Verdict } from 'netplay'
import { etcdAnswers } from './etcd-answers.js'

export { etcdAnswers }

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
