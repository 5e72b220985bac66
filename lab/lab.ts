import { rm } from 'node:fs/promises'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { ended, must, run, start, type CommandOptions, type CommandResult } from './command.js'
import { clearLab } from './clear.js'
import { LabCommandError, LabDownError, LabError } from './errors.js'
import { bootHost, leaderOf, linkOf, powerOff, rebootInside } from './host.js'
import { runInHost, type OnHostOptions } from './inside.js'
import { withLock } from './lock.js'
import type { Lab, LabHost, LabOptions } from './model.js'
import { checkLabName } from './names.js'
import { netnsIsUp } from './network.js'
import { labPaths, loadState, type LabState } from './state.js'
import { bringUp } from './up.js'
import { pruneImages } from './image.js'

export type { Lab, LabHost, LabOptions, Segment } from './model.js'
export type { OnHostOptions } from './inside.js'
export { hostsIni, type IniOptions, type LabUser } from './ini.js'

/**
 * Boot a lab, or complete one: hosts that run stay, missing ones are made, stopped ones are booted with what they had written,
 * and what a killed `up` of this name left is cleared. Two calls for one name wait for each other.
 * @throws {LabNeedsError} not Linux, not root, or programs are missing
 * @throws {LabError} bad options, or a lab of this name is up and is of another shape
 */
export async function labUp(options: LabOptions): Promise<Lab> {
  await bringUp(options)
  return openLab(options.name ?? 'lab')
}

/** Take a lab down: processes, mounts, namespaces and files of that name only. Fine when there is none. Images stay unless `keepImage` is false. */
export async function labDown(name: string, { keepImage = true }: { keepImage?: boolean } = {}): Promise<void> {
  checkLabName(name)
  await withLock(`lab-${name}`, async () => {
    await clearLab(name)
    await rm(labPaths(name).folder, { recursive: true, force: true })
  })
  if (!keepImage) await pruneImages()
}

/** A lab that is up, some of its hosts perhaps stopped. @throws {LabDownError} */
export async function openLab(name = 'lab'): Promise<Lab> {
  const state = await loadState(checkLabName(name))
  if (!state?.complete || !(await netnsIsUp(name))) throw new LabDownError(name)
  return describe(state)
}

/**
 * Run a shell script as root inside a host, without ssh: it enters the host's namespaces from outside, so it works with sshd,
 * network or login broken. Does not throw on a non-zero status unless `check` is set.
 * @throws {LabError} the host is down
 */
export async function onHost(lab: Lab, host: string | LabHost, script: string, options: OnHostOptions = {}): Promise<CommandResult> {
  const { name } = hostOf(lab, host)
  const leader = await leaderOf(lab.name, name)
  if (leader === 0)
    throw new LabError(`${name} of lab "${lab.name}" is down`, `Boot it: netplay lab up ${lab.hosts.length} --name ${lab.name}`)
  const result = await runInHost(leader, script, options)
  if (options.check && result.code !== 0) throw new LabCommandError(`${name}: ${script}`, result)
  return result
}

/** Run a program of this machine in the lab's network namespace, to its end, as the controller and etcd clients do. */
export const inNetns = (lab: Pick<Lab, 'netns'>, argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> =>
  run(netnsArgv(lab, argv), options)

/** As `inNetns`, without waiting: the caller owns the process and ends it. Default `stdio` is pipes. */
export const startInNetns = (
  lab: Pick<Lab, 'netns'>,
  argv: readonly string[],
  { stdio = 'pipe', ...options }: CommandOptions & { stdio?: StdioOptions } = {},
): ChildProcess => start(netnsArgv(lab, argv), stdio, options)

/** As `inNetns` on this terminal. Resolves to the exit status. */
export const onTerminalInNetns = (lab: Pick<Lab, 'netns'>, argv: readonly string[]): Promise<number> =>
  ended(startInNetns(lab, argv, { stdio: 'inherit' }), argv)

export const netnsArgv = ({ netns }: Pick<Lab, 'netns'>, argv: readonly string[]): string[] => [
  'nsenter',
  `--net=/run/netns/${netns}`,
  '--',
  ...argv,
]

/** Arguments of OpenSSH's client for a host: strict host keys, the lab's key, none of this user's own configuration. */
export function sshArgv(lab: Lab, host: string | LabHost, command: readonly string[] = [], user = 'root'): string[] {
  const options = [
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${lab.knownHostsFile}`,
    'GlobalKnownHostsFile=/dev/null',
    'IdentitiesOnly=yes',
  ]
  const { address } = hostOf(lab, host)
  return ['ssh', '-F', '/dev/null', '-i', lab.keyFile, ...options.flatMap(option => ['-o', option]), `${user}@${address}`, ...command]
}

/** Cut a host's power: no shutdown, its files stay. Fine when it is down. */
export async function stopHost(lab: Lab, name: string): Promise<LabHost> {
  await powerOff(lab.name, hostOf(lab, name).name)
  return refreshed(lab, name)
}

/** Boot a host that is down, with the files it had, and wait until it lets users in. Fine when it runs. */
export async function startHost(lab: Lab, name: string): Promise<LabHost> {
  await bootHost(lab.name, await recordOf(lab, name))
  return refreshed(lab, name)
}

/** Reboot a host as `systemctl reboot` does, and wait until it lets users in; /run is fresh, files and address are kept. */
export async function rebootHost(lab: Lab, name: string): Promise<LabHost> {
  await rebootInside(lab.name, await recordOf(lab, name))
  return refreshed(lab, name)
}

/** Pull a host's cable out, or put it back: `down` and nothing reaches it, connections hang without being closed. */
export async function setLink(lab: Lab, name: string, to: 'up' | 'down'): Promise<void> {
  await must(['ip', '-n', lab.netns, 'link', 'set', 'dev', linkOf(lab.name, hostOf(lab, name).name), to])
}

/** @throws {LabError} the lab has no such host */
export function hostOf(lab: Lab, host: string | LabHost): LabHost {
  const name = typeof host === 'string' ? host : host.name
  const found = lab.hosts.find(candidate => candidate.name === name)
  if (!found) throw new LabError(`Lab "${lab.name}" has no host ${name}`, `Its hosts are ${lab.hosts.map(each => each.name).join(', ')}.`)
  return found
}

async function describe(state: LabState): Promise<Lab> {
  const paths = labPaths(state.name)
  const hosts = await Promise.all(
    state.hosts.map(async ({ name, address, segment, docker, python }) => {
      const { upper, root } = paths.host(name)
      return { name, address, upper, root, pid: await leaderOf(state.name, name), segment, docker, python }
    }),
  )
  return { name: state.name, folder: paths.folder, netns: paths.netns, hosts, keyFile: paths.key, knownHostsFile: paths.knownHosts }
}

async function recordOf(lab: Lab, name: string) {
  const record = (await loadState(lab.name))?.hosts.find(host => host.name === hostOf(lab, name).name)
  if (!record) throw new LabDownError(lab.name)
  return record
}

async function refreshed(lab: Lab, name: string): Promise<LabHost> {
  const host = hostOf(lab, name)
  host.pid = await leaderOf(lab.name, name)
  return host
}
