import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sh } from '../src/shell.js'
import { LabError } from './errors.js'
import { etcdPki } from './etcd-pki.js'
import { clientPki, clientScript, memberScript, unitPath } from './etcd-scripts.js'
import { initialCluster, memberData } from './etcd-unit.js'
import { hostOf, onHost } from './lab.js'
import type { Lab, LabHost } from './model.js'

export interface EtcdOptions {
  /** Default 1. */
  members?: 1 | 3
  /** Which hosts carry the members; default the first of the lab. */
  hosts?: string[]
  /** Serve the v2 API beside v3; default true. */
  v2?: boolean
  /** Begin with an empty store, whatever there was; default false. */
  fresh?: boolean
}

export interface LabEtcd {
  /** `https://ADDRESS:2379` of every member. */
  endpoints: string[]
  /** Host names of the members. */
  members: string[]
}

/**
 * A TLS etcd (Debian's etcd-server) on lab hosts, which asks clients for certificates; the CA's and a client's on all hosts.
 * What is as it should be is left alone: a second call changes nothing.
 * @throws {LabError} an etcd of other members is there already, or it does not become healthy in 60 s
 */
export async function labEtcd(lab: Lab, options: EtcdOptions = {}): Promise<LabEtcd> {
  const members = memberHosts(lab, options)
  const pki = await etcdPki(join(lab.folder, 'etcd-pki'), certificateNames(lab))
  if (options.fresh) await removeEtcd(lab)
  await refuseOtherMembers(lab, members)
  await Promise.all(lab.hosts.map(host => onHost(lab, host, String(clientScript(pki)), { check: true })))
  await Promise.all(members.map(host => onHost(lab, host, String(memberScript(host, members, pki, options.v2 ?? true)), { check: true })))
  const etcd: LabEtcd = { endpoints: members.map(({ address }) => `https://${address}:2379`), members: members.map(({ name }) => name) }
  await writeFile(stateFile(lab), JSON.stringify(etcd))
  await healthy(lab, members)
  return etcd
}

/** The lab's etcd as `labEtcd` made it. @throws {LabError} there is none */
export async function openEtcd(lab: Lab): Promise<LabEtcd> {
  const text = await readFile(stateFile(lab), 'utf8').catch(() => undefined)
  if (!text) throw new LabError(`Lab "${lab.name}" has no etcd`, `Make one: netplay lab etcd --name ${lab.name}`)
  return JSON.parse(text) as LabEtcd
}

/** Stop and forget every member and what it stored. Certificates stay. */
export async function removeEtcd(lab: Lab): Promise<void> {
  await rm(stateFile(lab), { force: true })
  const remove = sh`
    # What it stores is thrown away: no need to hand over leadership and end well.
    systemctl kill --signal=KILL etcd.service 2> /dev/null || true
    systemctl disable --quiet --now etcd.service 2> /dev/null || true
    rm -rf ${memberData} ${unitPath}
    systemctl daemon-reload`
  await Promise.all(lab.hosts.map(host => onHost(lab, host, String(remove), { check: true })))
}

/** Stop the member on a host; `kill` gives it no time to end well. */
export async function stopMember(lab: Lab, host: string, how: 'stop' | 'kill' = 'stop'): Promise<void> {
  // A kill would be followed by systemd's restart: the unit is stopped right behind it.
  const stop = how === 'kill' ? sh`systemctl kill --signal=KILL etcd.service; systemctl stop etcd.service` : sh`systemctl stop etcd.service`
  await onHost(lab, host, String(stop), { check: true })
}

/** Start the member on a host; does not wait for a quorum. */
export async function startMember(lab: Lab, host: string): Promise<void> {
  await onHost(lab, host, String(sh`systemctl start --no-block etcd.service`), { check: true })
}

/** Wait until the members on these hosts (default: all) answer as healthy. @throws {LabError} after 60 s, with their last words */
export async function etcdHealthy(lab: Lab, hosts?: readonly string[]): Promise<void> {
  await healthy(
    lab,
    (hosts ?? (await openEtcd(lab)).members).map(name => hostOf(lab, name)),
  )
}

const stateFile = (lab: Lab) => join(lab.folder, 'etcd.json')
const certificateNames = (lab: Lab) => [...lab.hosts.flatMap(({ name, address }) => [name, address]), 'localhost', '127.0.0.1']

function memberHosts(lab: Lab, { members = 1, hosts }: EtcdOptions): LabHost[] {
  const chosen = hosts ? hosts.map(name => hostOf(lab, name)) : lab.hosts.slice(0, members)
  if (chosen.length === members) return chosen
  throw new LabError(
    `${members} members of etcd need ${members} hosts, and ${hosts ? `${hosts.length} were named` : `the lab has ${lab.hosts.length}`}`,
    hosts ? 'Name as many hosts as members.' : 'Boot more hosts, or make one member.',
  )
}

async function refuseOtherMembers(lab: Lab, members: readonly LabHost[]): Promise<void> {
  const wanted = `--initial-cluster=${initialCluster(members)}`
  const found = await Promise.all(
    lab.hosts.map(async host => {
      const unit = (await onHost(lab, host, String(sh`cat ${unitPath} 2> /dev/null || true`), { check: true })).stdout
      const cluster = /--initial-cluster=\S+/.exec(unit)?.[0]
      return cluster && cluster !== wanted ? host.name : undefined
    }),
  )
  const others = found.filter(name => name !== undefined)
  if (others.length === 0) return
  throw new LabError(`${others.join(', ')} run an etcd of other members`, 'To begin with an empty one: netplay lab etcd --fresh')
}

async function healthy(lab: Lab, members: readonly LabHost[]): Promise<void> {
  const deadline = Date.now() + 60_000
  await Promise.all(members.map(host => memberHealthy(lab, host, deadline)))
}

async function memberHealthy(lab: Lab, host: LabHost, deadline: number): Promise<void> {
  const { ca, certificate, key } = clientPki
  const flags = ['--command-timeout=2s', '--cacert', ca, '--cert', certificate, '--key', key, '--endpoints', `https://${host.address}:2379`]
  for (;;) {
    const { code, stdout } = await onHost(lab, host, String(sh`ETCDCTL_API=3 etcdctl ${flags} endpoint health 2>&1`))
    if (code === 0) return
    if (Date.now() > deadline) {
      throw new LabError(
        `etcd on ${host.name} is not healthy after 60 s\n    ${stdout.trim()}`,
        `On ${host.name}: journalctl -u etcd.service -n 50 (netplay lab ssh ${host.name})`,
      )
    }
    await delay(200)
  }
}
