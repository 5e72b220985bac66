import { copyFile, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sh } from '../src/shell.js'
import { controlPlanePki } from './control-plane-pki.js'
import { apiserverPath, apiserverScript, firstService, proxyScript } from './control-plane-scripts.js'
import { LabCommandError, LabError } from './errors.js'
import { clientPki } from './etcd-scripts.js'
import { openEtcd } from './etcd.js'
import { labKubernetesParts } from './kubernetes-parts.js'
import { hostOf, onHost } from './lab.js'
import type { Lab, LabHost } from './model.js'

export interface ControlPlaneOptions {
  /** Which host carries kube-apiserver; default the first of the lab. */
  host?: string
}

export interface LabControlPlane {
  /** host that kube-apiserver runs on */
  host: string
  /** `https://ADDRESS:6443` */
  server: string
}

/**
 * A real kube-apiserver on a lab host, on the lab's etcd; a Node for every host, and on every host /etc/kubernetes/kube-proxy.kubeconfig. No
 * controllers and no scheduler: Nodes and endpoints are what somebody writes. What is as it should be is left alone.
 * @throws {LabError} the lab has no etcd, or kube-apiserver is not ready in 60 s
 */
export async function labControlPlane(lab: Lab, options: ControlPlaneOptions = {}): Promise<LabControlPlane> {
  const etcd = await openEtcd(lab)
  const host = hostOf(lab, options.host ?? lab.hosts[0]!)
  const plane: LabControlPlane = { host: host.name, server: `https://${host.address}:6443` }
  const names = [host.name, host.address, 'localhost', '127.0.0.1', firstService, 'kubernetes', 'kubernetes.default.svc']
  const pki = await controlPlanePki(join(lab.folder, 'control-plane-pki'), join(lab.folder, 'etcd-pki'), names)
  await putProgram(host, (await labKubernetesParts()).kubeApiserver, apiserverPath)
  await onHost(lab, host, String(apiserverScript(host.address, etcd.endpoints, pki)), { check: true })
  await Promise.all(lab.hosts.map(each => onHost(lab, each, String(proxyScript(pki, plane.server)), { check: true })))
  await writeFile(stateFile(lab), JSON.stringify(plane))
  await ready(lab, host)
  for (const each of lab.hosts) await applyObject(lab, '/api/v1/nodes', nodeOf(each))
  return plane
}

/** The lab's control plane as `labControlPlane` made it. @throws {LabError} there is none */
export async function openControlPlane(lab: Lab): Promise<LabControlPlane> {
  const text = await readFile(stateFile(lab), 'utf8').catch(() => undefined)
  if (!text) throw new LabError(`Lab "${lab.name}" has no control plane`, `Make one: netplay lab kubernetes --name ${lab.name}`)
  return JSON.parse(text) as LabControlPlane
}

/** An object of the API: `metadata.name` and what else its kind has. */
export interface ApiObject {
  apiVersion: string
  kind: string
  metadata: { name: string; labels?: Record<string, string> }
  [field: string]: unknown
}

/** Make an object, or make it what this says. @param collection e.g. `/api/v1/nodes`. @throws {LabCommandError} with the API's words */
export const applyObject = async (lab: Lab, collection: string, object: ApiObject): Promise<unknown> =>
  JSON.parse(await askApi(lab, 'PATCH', `${collection}/${object.metadata.name}?fieldManager=netplay-lab&force=true`, object)) as unknown

/**
 * Ask the lab's kube-apiserver, on its own host, with a certificate that may do everything.
 * @returns the body of its answer. @throws {LabCommandError} a status of 400 or more, with the API's words
 */
export async function askApi(lab: Lab, method: 'GET' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<string> {
  const { host, server } = await openControlPlane(lab)
  const { ca, certificate, key } = clientPki
  // Server-side apply; JSON is YAML.
  const content = body === undefined ? [] : ['-H', 'Content-Type: application/apply-patch+yaml', '--data-binary', '@-']
  const flags = ['-sS', '--fail-with-body', '--max-time', '10', '--cacert', ca, '--cert', certificate, '--key', key, '-X', method]
  const ran = await onHost(lab, host, String(sh`curl ${[...flags, ...content]} ${server + path}`), { input: body && JSON.stringify(body) })
  if (ran.code !== 0) throw new LabCommandError(`${method} ${path}`, { ...ran, stderr: `${ran.stdout}${ran.stderr}` })
  return ran.stdout
}

const stateFile = (lab: Lab) => join(lab.folder, 'control-plane.json')

const nodeOf = ({ name, address }: LabHost): ApiObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name } },
  status: {
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
  },
})

/** Into the host's files from outside: a hundred megabytes do not go through a shell. */
export async function putProgram(host: LabHost, from: string, to: string): Promise<void> {
  // A running host's own root: what is mounted inside is seen there alone.
  const path = `/proc/${host.pid}/root${to}`
  const [wanted, there] = [await stat(from), await stat(path).catch(() => undefined)]
  if (there?.size === wanted.size && there.mtimeMs >= wanted.mtimeMs) return
  await copyFile(from, `${path}.new`)
  await rename(`${path}.new`, path)
}

async function ready(lab: Lab, host: LabHost): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const said = await askApi(lab, 'GET', '/readyz').catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
    if (said === 'ok') return
    if (Date.now() > deadline)
      throw new LabError(
        `kube-apiserver on ${host.name} is not ready after 60 s\n    ${said}`,
        `On ${host.name}: journalctl -u kube-apiserver.service -n 50 (netplay lab ssh ${host.name})`,
      )
    await delay(300)
  }
}
