import { joined, sh, type ShellText } from '../src/shell.js'
import type { ControlPlanePki } from './control-plane-pki.js'
import { clientPki } from './etcd-scripts.js'

export const apiserverPath = '/usr/local/bin/kube-apiserver'
export const apiserverUnit = '/etc/systemd/system/kube-apiserver.service'
export const proxyKubeconfig = '/etc/kubernetes/kube-proxy.kubeconfig'
/** what Services get their addresses from; its first address is that of Service `kubernetes` */
export const serviceRange = '10.96.0.0/16'
export const firstService = '10.96.0.1'

const serverPki = '/etc/kubernetes/pki'
const proxyPki = { certificate: '/etc/kubernetes/ssl/kube-proxy.pem', key: '/etc/kubernetes/ssl/kube-proxy-key.pem' }

/** Puts kube-proxy's certificate and kubeconfig in their place. @param server e.g. `https://198.18.0.11:6443` */
export const proxyScript = (pki: ControlPlanePki, server: string): ShellText =>
  joined([
    putFunction,
    put(proxyPki.certificate, pki.proxy.certificate, '644'),
    put(proxyPki.key, pki.proxy.key, '600'),
    put(proxyKubeconfig, kubeconfig(server), '600'),
  ])

/** Puts kube-apiserver's files in their place and starts it, or restarts it when one of them has changed; does not wait for it. */
export const apiserverScript = (address: string, etcd: readonly string[], pki: ControlPlanePki): ShellText =>
  joined([
    putFunction,
    put(`${serverPki}/ca.pem`, pki.ca, '644'),
    put(`${serverPki}/server.pem`, pki.server.certificate, '644'),
    put(`${serverPki}/server-key.pem`, pki.server.key, '600'),
    put(`${serverPki}/accounts.pem`, pki.accounts.certificate, '644'),
    put(`${serverPki}/accounts-key.pem`, pki.accounts.key, '600'),
    put(apiserverUnit, apiserverUnitText(address, etcd), '644'),
    sh`
      if [ "$changed" ]; then
        systemctl daemon-reload
        systemctl enable --quiet kube-apiserver.service
        systemctl restart --no-block kube-apiserver.service
      else
        systemctl start --no-block kube-apiserver.service
      fi`,
  ])

const putFunction = sh`
  set -eu
  changed=
  put() {
    mkdir -p "\${1%/*}"
    (umask 077; printf %s "$2" > "$1.new")
    if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; changed=yes; fi
    chmod "$3" "$1"
  }`

const put = (path: string, content: string, mode: string) => sh`put ${path} ${content} ${mode}`

/** Source: the kubeconfig format, `kubectl config view`; files by path, as the admins of the time had them. */
export const kubeconfig = (server: string): string => `apiVersion: v1
kind: Config
clusters:
  - name: lab
    cluster:
      server: ${server}
      certificate-authority: ${clientPki.ca}
users:
  - name: kube-proxy
    user:
      client-certificate: ${proxyPki.certificate}
      client-key: ${proxyPki.key}
contexts:
  - name: lab
    context:
      cluster: lab
      user: kube-proxy
current-context: lab
`

/** Everybody with a certificate of the lab's CA may do everything. Source: kube-apiserver(1), v1.34. */
export const apiserverUnitText = (address: string, etcd: readonly string[]): string => `# Written by netplay lab kubernetes.
[Unit]
Description=kube-apiserver of netplay's lab
Wants=network-online.target
After=network-online.target etcd.service

[Service]
Type=notify
ExecStart=${apiserverPath} \\
  ${[
    `--advertise-address=${address}`,
    '--secure-port=6443',
    `--etcd-servers=${etcd.join(',')}`,
    `--etcd-cafile=${clientPki.ca}`,
    `--etcd-certfile=${clientPki.certificate}`,
    `--etcd-keyfile=${clientPki.key}`,
    `--client-ca-file=${serverPki}/ca.pem`,
    `--tls-cert-file=${serverPki}/server.pem`,
    `--tls-private-key-file=${serverPki}/server-key.pem`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${serverPki}/accounts.pem`,
    `--service-account-signing-key-file=${serverPki}/accounts-key.pem`,
    `--service-cluster-ip-range=${serviceRange}`,
    '--authorization-mode=AlwaysAllow',
  ].join(' \\\n  ')}
Restart=on-failure
RestartSec=1

[Install]
WantedBy=multi-user.target
`
