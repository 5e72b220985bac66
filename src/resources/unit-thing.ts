import type { ShellText } from '../shell.js'
import { joined, sh } from '../shell.js'
import type { ThingKind, Undo } from './resource.js'
import { inputLine } from './unit-steps.js'
import type { UnitState } from './unit-state.js'
import { isAlive, isRunning } from './unit-state.js'

/**
 * How a unit is told apart and put back. The process itself is not in the fingerprint: whether it has to be started again is judged on the host,
 * by what `np_unit_run` left in "$NP_STORE" before it started anything.
 */
export const unitThing: ThingKind<UnitState> = {
  fingerprint: state => `enabled=${enabledWord(state.enabled)} active=${isRunning(state) ? 'yes' : 'no'}`,
  fingerprintText: key => sh`np_unit_state ${unitOf(key)}`,
  undo: (key, first) => undoUnit(unitOf(key), first),
}

const unitOf = (key: string) => key.slice('unit:'.length)

const enabledWord = (enabled: string) => {
  if (['enabled', 'alias'].includes(enabled)) return 'yes'
  return ['enabled-runtime', 'masked', 'masked-runtime'].includes(enabled) ? enabled : 'no'
}

/** Stopped and disabled before files are put back, enabled and started after: nothing runs a new configuration over restored files. */
function undoUnit(unit: string, first: UnitState): Undo {
  const before: ShellText[] = []
  const after: ShellText[] = [sh`systemctl daemon-reload`]
  const lines = first.inputs.flatMap(input => inputLine(input, input.recorded)).join('\n')
  if (enabledWord(first.enabled) === 'yes') after.push(sh`np_unit_enabled ${unit} || systemctl enable ${unit}`)
  else if (enabledWord(first.enabled) === 'no') before.push(sh`! np_unit_enabled ${unit} || systemctl disable ${unit}`)
  // Zero seconds: it was still starting when we came, so nobody waits for it now.
  if (isAlive(first)) after.push(sh`np_unit_back ${unit} ${isRunning(first) ? 90 : 0} ${lines}`)
  else before.unshift(sh`np_unit_stop ${unit} 90`)
  return { ...(before.length > 0 ? { before: joined(before) } : {}), after: joined(after) }
}
