import { joined, sh, type ShellText } from '../src/shell.js'
import type { EtcdPki } from './etcd-pki.js'
import { etcdUnit, memberData, memberPki, type EtcdMember } from './etcd-unit.js'

/** What every lab host has for etcd's clients: the names are those of the clusters netplay is made for. */
export const clientPki = {
  ca: '/etc/kubernetes/ssl/ca.pem',
  certificate: '/etc/kubernetes/ssl/kubernetes.pem',
  key: '/etc/kubernetes/ssl/kubernetes-key.pem',
}

export const unitPath = '/etc/systemd/system/etcd.service'

/** Puts the CA's and the client's certificates in their place. */
export const clientScript = (pki: EtcdPki): ShellText =>
  joined([
    putFunction,
    put(clientPki.ca, pki.ca, 'root:root', '644'),
    put(clientPki.certificate, pki.certificate, 'root:root', '644'),
    put(clientPki.key, pki.key, 'root:root', '600'),
  ])

/** Puts a member's files in their place and starts it, or restarts it when one of them has changed; does not wait for it. */
export const memberScript = (host: EtcdMember, members: readonly EtcdMember[], pki: EtcdPki, v2: boolean): ShellText =>
  joined([
    putFunction,
    put(`${memberPki}/ca.pem`, pki.ca, 'root:root', '644'),
    put(`${memberPki}/etcd.pem`, pki.certificate, 'root:root', '644'),
    put(`${memberPki}/etcd-key.pem`, pki.key, 'etcd:etcd', '600'),
    put(unitPath, etcdUnit(host, members, v2), 'root:root', '644'),
    sh`
      install -d -o etcd -g etcd -m 0700 ${memberData}
      if [ "$changed" ]; then
        systemctl daemon-reload
        systemctl enable --quiet etcd.service
        systemctl restart --no-block etcd.service
      else
        systemctl start --no-block etcd.service
      fi`,
  ])

const putFunction = sh`
  set -eu
  changed=
  put() {
    mkdir -p "\${1%/*}"
    (umask 077; printf %s "$2" > "$1.new")
    if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; changed=yes; fi
    chown "$3" "$1"
    chmod "$4" "$1"
  }`

const put = (path: string, content: string, owner: string, mode: string) => sh`put ${path} ${content} ${owner} ${mode}`
