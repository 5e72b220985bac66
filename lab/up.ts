import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { clearLab } from './clear.js'
import { must } from './command.js'
import { LabError } from './errors.js'
import { bootHost, leaderOf, makeHost } from './host.js'
import { ensureImage } from './image.js'
import { withLock } from './lock.js'
import type { LabOptions, Say } from './model.js'
import { checkLabOptions, hostIdentity, type CheckedOptions } from './names.js'
import { checkMachine, raiseInotifyLimits } from './needs.js'
import { makeNetwork, netnsIsUp } from './network.js'
import { knownHostsLines } from './seed.js'
import { labPaths, loadState, saveState, type HostRecord, type LabState } from './state.js'

/** The work of labUp, top to bottom. */
export async function bringUp(options: LabOptions): Promise<void> {
  const wanted = checkLabOptions(options)
  const say = options.say ?? (line => void process.stderr.write(`lab ${wanted.name}: ${line}\n`))
  checkMachine()
  await raiseInotifyLimits()
  await withLock(`lab-${wanted.name}`, () => complete(wanted, say), say)
}

async function complete(wanted: CheckedOptions, say: Say): Promise<void> {
  const { name, segments } = wanted
  const before = await loadState(name)
  await checkShape(wanted, before)
  if (before && (await isWhole(wanted, before))) return
  if (before && !before.complete) say('clearing what an "up" left that was killed or failed')
  if (before && !before.complete) await clearLab(name)
  const state: LabState = { name, segments, hosts: await records(wanted, before, say), complete: false }
  await saveState(state)
  await withNetwork(state)
  const started = Date.now()
  await makeHosts(state)
  await all(state.hosts, host => bootHost(name, host))
  await saveState({ ...state, complete: true })
  say(`${count(state.hosts.length)} up after ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

/** Hosts are never taken away or changed by an `up`: what was asked for must fit what is there. @throws {LabError} */
async function checkShape({ name, hosts, segments, docker, python }: CheckedOptions, before: LabState | undefined): Promise<void> {
  const next = `Take it down first: netplay lab down --name ${name}`
  if (!before && (await netnsIsUp(name))) throw new LabError(`A lab "${name}" is up whose files are in another folder`, next)
  if (!before) return
  const isOther = (host: HostRecord) => host.docker !== docker.includes(host.name) || host.python !== python
  const others = before.hosts.filter(isOther).map(host => host.name)
  const problem =
    before.hosts.length > hosts
      ? `has ${count(before.hosts.length)}, more than the ${hosts} asked for`
      : before.segments !== segments
        ? `has ${before.segments} segment(s), not ${segments}`
        : others.length > 0 && `has ${others.join(', ')} with other docker or python options`
  if (problem) throw new LabError(`The lab "${name}" is there and ${problem}`, next)
}

async function isWhole({ name, hosts }: CheckedOptions, before: LabState): Promise<boolean> {
  if (!before.complete || before.hosts.length !== hosts || !(await netnsIsUp(name))) return false
  const leaders = await Promise.all(before.hosts.map(host => leaderOf(name, host.name)))
  return leaders.every(leader => leader > 0)
}

/** Hosts that exist keep their image, so that a newer recipe does not change the ground below them. */
async function records(
  { names, segments, docker, python, image }: CheckedOptions,
  before: LabState | undefined,
  say: Say,
): Promise<HostRecord[]> {
  const kept = before?.hosts.filter(host => existsSync(host.image)) ?? []
  const wanted: HostRecord[] = []
  for (const [index, name] of names.entries()) {
    const kind = { docker: docker.includes(name), python }
    const old = kept.find(host => host.name === name)
    wanted.push(old ?? { ...hostIdentity(index + 1, segments), ...kind, image: image ? ownImage(image) : await ensureImage(kind, say) })
  }
  return wanted
}

function ownImage(folder: string): string {
  if (!existsSync(join(folder, 'usr/lib/systemd/systemd')))
    throw new LabError(
      `${folder} is no root file system that boots`,
      'It needs systemd and sshd; lab/image-recipe.ts says what the lab puts in.',
    )
  return resolve(folder)
}

/** No namespace and yet a state: the machine was rebooted, or `clearLab` has just been here. */
async function withNetwork({ name, segments }: LabState): Promise<void> {
  if (await netnsIsUp(name)) return
  await clearLab(name)
  await makeNetwork(name, segments)
}

async function makeHosts({ name, hosts }: LabState): Promise<void> {
  const { key, knownHosts, host: pathsOf } = labPaths(name)
  if (!existsSync(`${key}.pub`))
    await must(['sh', '-c', 'rm -f "$1" && ssh-keygen -q -t ed25519 -N "" -C "netplay lab" -f "$1"', 'sh', key])
  const publicKey = await readFile(`${key}.pub`, 'utf8')
  await all(hosts, host => makeHost(name, host, publicKey))
  const lines = await Promise.all(hosts.map(host => knownHostsLines(pathsOf(host.name).seed, host)))
  await writeFile(knownHosts, `${lines.flat().join('\n')}\n`)
}

/** All hosts at once; every host's failure is told, not the first alone. */
async function all(hosts: HostRecord[], work: (host: HostRecord) => Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled(hosts.map(work))
  const failures = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason as Error] : []))
  if (failures.length === 1) throw failures[0]!
  if (failures.length > 1)
    throw new LabError(failures.map(failure => failure.message).join('\n'), 'Mend what the hosts name and run again.')
}

const count = (hosts: number) => (hosts === 1 ? '1 host' : `${hosts} hosts`)
