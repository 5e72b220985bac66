import type { ShellText } from '../shell.js'
import { sh } from '../shell.js'
import type { World } from './resource.js'
import type { SystemdUnit } from './unit-desired.js'
import { judgedInputs, needsReload, staleInputs } from './unit-desired.js'
import type { InputState } from './unit-inputs.js'
import { etcdDigestNow, isUnitConfig, predictedDigest, runsWithPresent } from './unit-inputs.js'
import type { UnitState } from './unit-state.js'
import { countsAsDisabled, countsAsEnabled, isRunning } from './unit-state.js'

/** Enable and read, then run; or stop, then disable. Each looks first, so that twice is once. */
export function unitSteps(desired: SystemdUnit, observed: UnitState, world: World): ShellText[] {
  const { name, enabled, active } = desired
  // systemd's own NeedDaemonReload does not see a file that was put back with its old mtime: what a process was started with tells.
  const isNew = observed.loadState === 'not-found'
  const reloads = isNew || needsReload(observed, world) || staleInputs(desired, observed, world).some(isUnitConfig)
  const isRun = active === true || (active === undefined && isRunning(observed) && desired.restart !== 'never')
  return [
    ...(active === false ? [sh`np_unit_stop ${name} ${seconds(desired)}`] : []),
    ...(enabled === false && !countsAsDisabled(observed.enabled) ? [sh`systemctl disable ${name}`] : []),
    // With another unit file [Install] may say more: enabling again adds what is missing.
    ...(reloads ? [sh`np_unit_read ${name} ${enabled === true ? 'enable' : '-'} ${isNew ? 'new' : 'changed'}`] : []),
    ...(enabled === true && !reloads && !countsAsEnabled(observed.enabled) ? [sh`systemctl enable ${name}`] : []),
    ...(isRun
      ? [sh`np_unit_run ${name} ${seconds(desired)} ${desired.restart ?? 'when-stale'} ${inputLines(desired, observed, world)}`]
      : []),
  ]
}

const seconds = ({ startTimeoutSeconds = 90 }: SystemdUnit) => startTimeoutSeconds

const inputLines = (desired: SystemdUnit, observed: UnitState, world: World) =>
  judgedInputs(desired, observed, world)
    .flatMap(input => inputLine(input, predictedDigest(input, world)))
    .join('\n')

/** How `np_unit_table` is told of an input; only the controller knows digests of etcd's keys. */
export const inputLine = ({ key }: Pick<InputState, 'key'>, etcdDigest: string | undefined): string[] => {
  if (key.startsWith('file:')) return [`plain ${key.slice('file:'.length)}`]
  return etcdDigest === undefined ? [] : [`etcd ${etcdDigest} ${key}`]
}

/**
 * Before the first write: a process that runs, and by its clock runs with what is there now, gets a record of that. Else our own chmod, or a
 * write that we undo, would look like a change later.
 */
export function adoptUnit(desired: SystemdUnit, observed: UnitState, world: World): ShellText | undefined {
  if (!isRunning(observed) || desired.restart === 'never') return undefined
  const lines = judgedInputs(desired, observed, world)
    .filter(input => input.recorded === undefined)
    .filter(input => !input.key.startsWith('file:') || runsWithPresent(input, observed.startedAtUs, observed.needsReload))
    .flatMap(input => inputLine(input, etcdDigestNow(input.key, world)))
  return lines.length === 0 ? undefined : sh`np_unit_adopt ${desired.name} ${observed.identity} ${lines.join('\n')}`
}
