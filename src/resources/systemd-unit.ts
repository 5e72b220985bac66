import type { Change } from '../change.js'
import { batched } from '../shell.js'
import { RequirementError } from './errors.js'
import { pathKey } from './path-key.js'
import type { PathState } from './path-state.js'
import type { ResourceKind, World } from './resource.js'
import { taskOf } from './task.js'
import type { SystemdUnit } from './unit-desired.js'
import { inputsOf, needsReload, staleInputs, unitFileOf } from './unit-desired.js'
import { inputKey, inputQuestion, predictedDigest, reasonOf } from './unit-inputs.js'
import { unitSchema } from './unit-schema.js'
import type { UnitState } from './unit-state.js'
import { countsAsDisabled, countsAsEnabled, isRunning, parseUnit } from './unit-state.js'
import { adoptUnit, unitSteps } from './unit-steps.js'
import { unitThing } from './unit-thing.js'

/**
 * A systemd unit that is enabled or not, runs or not, and runs with what lies on the host. A restart is a state: digests of the inputs are
 * recorded at each start (unit-prelude.ts), and compared with what the plan predicts.
 */
export const systemdUnitKind: ResourceKind<SystemdUnit, UnitState> = {
  kind: 'systemd-unit',
  schema: unitSchema,
  thing: unitThing,
  key: ({ name }) => `unit:${name}`,
  probe: (desired, { salt }) => {
    const questions = inputsOf(desired).map(inputQuestion)
    return batched('np_units', [desired.name, questions.some(line => line.startsWith('secret ')) ? salt : '-', questions.join('\n')])
  },
  parse: (output, desired) => parseUnit(output, desired.name, inputsOf(desired).map(inputKey)),
  diff: diffUnit,
  action: (_desired, observed, changes) => {
    if (changes.every(({ field }) => field === 'restart')) return 'restart'
    return observed.loadState === 'not-found' ? 'create' : 'change'
  },
  after: (desired, observed, world) => ({
    ...observed,
    loadState: 'loaded',
    enabled:
      desired.enabled === undefined || isAsWanted(desired.enabled, observed.enabled)
        ? observed.enabled
        : desired.enabled
          ? 'enabled'
          : 'disabled',
    active: desired.active === undefined ? observed.active : desired.active ? 'active' : 'inactive',
    identity: '',
    needsReload: false,
    inputs: observed.inputs.map(input => {
      const predicted = predictedDigest(input, world)
      return predicted === undefined ? input : { ...input, present: predicted, recorded: predicted }
    }),
  }),
  steps: unitSteps,
  clusterReads: ({ inputs = [] }) =>
    inputs.flatMap(input =>
      typeof input === 'object' && 'etcd' in input && input.cluster !== undefined
        ? [{ cluster: input.cluster, reads: [{ key: input.etcd.slice(input.etcd.indexOf(':') + 1) }] }]
        : [],
    ),
  adopt: adoptUnit,
}

/** `systemdUnit('Run flanneld', { name: 'flannel.service', enabled: true, active: true, inputs: ['/usr/local/bin/flanneld'] })` */
export const systemdUnit = taskOf(systemdUnitKind)

const isAsWanted = (wanted: boolean, enabled: string) => (wanted ? countsAsEnabled(enabled) : countsAsDisabled(enabled))

function diffUnit(desired: SystemdUnit, observed: UnitState, world: World): Change[] {
  requireUnit(desired, observed, world)
  requireKeys(desired, world)
  const isNew = observed.loadState === 'not-found'
  const changes: Change[] = []
  if (desired.enabled !== undefined && !(isNew ? !desired.enabled : isAsWanted(desired.enabled, observed.enabled)))
    changes.push({ field: 'enabled', before: isNew ? null : shownEnabled(observed.enabled), after: desired.enabled })
  if (desired.active !== undefined && !isActiveAsWanted(desired.active, observed))
    changes.push({ field: 'active', before: isNew ? null : shownActive(observed.active), after: desired.active })
  const stale = staleInputs(desired, observed, world)
  if (stale.length > 0)
    changes.push({ field: 'restart', before: null, after: stale.map(key => reasonOf(key, pathKey(unitFileOf(desired.name)))).join('; ') })
  // A unit that only systemd has to read again: what lies on the disk is told by the file's own task.
  if (changes.length === 0 && !isNew && needsReload(observed, world))
    changes.push({ field: 'reload', before: null, after: 'systemd reads its unit file again' })
  return changes
}

const isActiveAsWanted = (wanted: boolean, { active }: UnitState) =>
  wanted ? isRunning({ active }) : active === 'inactive' || active === 'failed'
const shownEnabled = (enabled: string) => (enabled === 'enabled' ? true : enabled === 'disabled' || enabled === '' ? false : enabled)
const shownActive = (active: string) => (active === 'active' ? true : active === 'inactive' ? false : active)

/** @throws {RequirementError} neither the host nor the plan has such a unit, or somebody masked it */
function requireUnit({ name, enabled, active }: SystemdUnit, observed: UnitState, world: World): void {
  if (enabled !== true && active !== true) return
  const planned = unitFolders.map(
    folder => world.state<PathState>(pathKey(`${folder}/${templateOf(name)}`)) ?? world.state<PathState>(pathKey(`${folder}/${name}`)),
  )
  if (planned.some(state => state?.type === 'file' || state?.type === 'symlink')) return
  if (observed.loadState === 'masked')
    throw new RequirementError(
      `${name} is masked on this host: somebody decided that it must not run`,
      `If it should run: \`systemctl unmask ${name}\`, then run again.`,
    )
  const isGone = observed.fragment !== '' && world.state<PathState>(pathKey(observed.fragment))?.type === 'absent'
  if (observed.loadState === 'not-found' || isGone)
    throw new RequirementError(
      `there is no unit ${name} on this host, and no task before this one writes it`,
      `Write ${unitFileOf(name)} in a task before it, or install the package that brings it.`,
    )
  if (observed.loadState !== 'loaded')
    throw new RequirementError(
      `systemd cannot use ${name}: ${observed.loadState}`,
      `\`systemctl status ${name}\` on the host says what is wrong with its file.`,
    )
}

/** @throws {RequirementError} a key that the process cannot run without is neither in etcd nor planned: flanneld, for one, would wait for ever */
function requireKeys({ name, active, inputs = [] }: SystemdUnit, world: World): void {
  if (active !== true) return
  for (const input of inputs) {
    if (typeof input !== 'object' || !('etcd' in input) || input.required !== true) continue
    if ((world.state<{ value: string | null }>(input.etcd)?.value ?? null) === null)
      throw new RequirementError(
        `${name} reads ${input.etcd} when it starts, and neither etcd nor this plan has that key`,
        'Run the play that seeds it first, or with this one.',
      )
  }
}

const unitFolders = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
]
const templateOf = (name: string) => name.replace(/@.*\./, '@.')
