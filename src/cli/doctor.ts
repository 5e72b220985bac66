import type { Emit, HostEnd, RunEvent } from '../events.js'
import { diagnose, type Diagnosis, type Finding } from '../doctor/findings.js'
import { lookAt } from '../doctor/look.js'
import { playbookOf } from '../doctor/playbooks.js'
import type { Fleet } from '../doctor/view.js'
import { InputError, reportOf } from '../errors.js'
import { absentOf } from '../inventory/absent.js'
import { refuseNameForRun } from '../inventory/names.js'
import { selectHosts } from '../inventory/patterns.js'
import { withEtcd } from '../plan/etcd-pool.js'
import { nothingSeen } from '../plan/observe.js'
import { openReport } from '../report/report.js'
import { quote } from '../shell.js'
import { hostVariables } from '../templates/host-scope.js'
import { connectionFor } from './connections.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import { loadSources } from './load-sources.js'
import type { RunOptions } from './options.js'
import { askPasswords } from './passwords.js'
import { configPart, fanOut, newRun, withReachable } from './run.js'

/** What the doctor needs of the options of a run. */
export type DoctorOptions = Omit<RunOptions, 'tags' | 'skipTags' | 'diff'>

/** `netplay doctor -i hosts.ini`: which of the known causes it is, on hosts that nobody used netplay on. Nothing is written anywhere. */
export async function doctor(flags: DoctorOptions): Promise<ExitCode> {
  const options: RunOptions = { ...flags, tags: [], skipTags: [], diff: false }
  const { hosts, connections, warnings } = await wanted(options)
  const names = hosts.map(({ name }) => name)
  const run = newRun()
  const report = openReport(options)
  const emit = fanOut([report.emit])
  const started = performance.now()
  try {
    await emit({
      type: 'run-started',
      run,
      mode: 'doctor',
      source: options.inventory.join(' '),
      hosts: names,
      plays: 0,
      ...configPart(options),
    })
    for (const message of warnings) await emit({ type: 'warning', message })
    const looked = nothingSeen()
    const result = await withReachable(
      connections,
      { forks: options.forks, emit, wanted: new Set(names), looked },
      (sessions, unreachable) =>
        withEtcd(sessions, async etcd => {
          const fleet = await lookAt({ sessions, looked, etcd, forks: options.forks, emit })
          for (const [host, error] of looked.lost) await emit({ type: 'host-unreachable', host, error: reportOf(error) })
          const diagnosis = diagnose(fleet)
          await tell(diagnosis, fleet, options, emit)
          return endsOf(names, diagnosis, new Set([...unreachable.keys(), ...looked.lost.keys()]))
        }),
    )
    await emit({ type: 'run-finished', run, ...result, ms: performance.now() - started })
    return result.exit
  } finally {
    await report.close()
  }
}

async function wanted(options: RunOptions) {
  const { inventory, extraVars, warnings: odd } = await loadSources(options)
  const warnings: string[] = [...odd]
  const selected = selectHosts(inventory, 'all', options.limit, problem => warnings.push(`--limit: ${problem}`))
  selected.forEach(refuseNameForRun)
  const absent = selected.flatMap(host => absentOf(host) ?? [])
  const hosts = selected.filter(({ name }) => !absent.some(away => away.name === name))
  if (hosts.length === 0)
    throw new InputError('the inventory has no hosts to look at', { next: 'Name one with -i: a file, a folder, or a list such as n1,n2.' })
  warnings.push(...absent.map(({ name, reason }) => `${name} is declared away and was left out: ${reason}`))
  const passwords = await askPasswords(options)
  const connections = hosts.map(host => connectionFor(host, hostVariables(inventory, extraVars, host), undefined, options, passwords))
  return { hosts, connections, warnings }
}

async function tell(diagnosis: Diagnosis, fleet: Fleet, options: RunOptions, emit: Emit): Promise<void> {
  for (const { name, facts } of fleet.hosts)
    if (facts.uid !== 0)
      await emit({
        type: 'warning',
        message: `${name} was looked at by user id ${facts.uid}: what only root may read was not seen. Use -b.`,
      })
  const { findings, notLooked, causes } = diagnosis
  for (const finding of findings) await emit(eventOf(finding, fleet, options))
  const missed = new Set(notLooked.map(({ id }) => id))
  await emit({
    type: 'causes-judged',
    findings: findings.length,
    hosts: fleet.hosts.length,
    causes: causes.length,
    looked: causes.length - missed.size,
    notLooked,
  })
}

function eventOf(finding: Finding, fleet: Fleet, { inventory }: RunOptions): Extract<RunEvent, { type: 'cause-found' }> {
  const { host, role } = finding
  // The seed and the reflectors are the cluster's: a limit would leave out the hosts that write them.
  const limit = host === undefined || role === 'etcd-seed' || role === 'route-reflector' ? '' : ` --limit ${quote(host)}`
  const command = `npx netplay ${playbookOf(role, fleet)}${inventory.map(source => ` -i ${quote(source)}`).join('')}${limit}`
  return { type: 'cause-found', ...finding, command }
}

function endsOf(names: readonly string[], { findings }: Diagnosis, unreachable: ReadonlySet<string>) {
  const found = new Set(findings.map(({ host }) => host))
  const ends = Object.fromEntries(
    names.map((name): [string, HostEnd] => [name, unreachable.has(name) ? 'unreachable' : found.has(name) ? 'failed' : 'done']),
  )
  const exit: ExitCode = unreachable.size > 0 ? exitCodes.unreachable : findings.length > 0 ? exitCodes.failed : exitCodes.done
  return { recap: {}, ends, exit }
}
