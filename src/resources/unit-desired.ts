import type { ThingKey } from '../change.js'
import { pathKey } from './path-key.js'
import type { World } from './resource.js'
import type { Input } from './unit-inputs.js'
import { inputKey, isFresh, isUnitConfig, predictedDigest, sameDigest } from './unit-inputs.js'
import type { UnitState } from './unit-state.js'
import { isRunning } from './unit-state.js'

/** What the role wants of a unit; what is left out stays as it is on the host. */
export interface SystemdUnit {
  /** full name with its suffix, e.g. `flannel.service`; no template (`x@.service`), an instance of one is fine */
  name: string
  enabled?: boolean
  active?: boolean
  /** what the process reads only when it starts; the file /etc/systemd/system/NAME is one by itself where a task of the plan is about it */
  inputs?: Input[]
  /** `when-stale` (default): restarted when its process was started with other inputs than it would be now */
  restart?: 'when-stale' | 'never'
  /** default 90, systemd's own; a unit that is not up by then is a failure with the host's words, though systemd goes on trying */
  startTimeoutSeconds?: number
}

/** The unit's own file comes first, whether the role names it or not. */
export const inputsOf = ({ name, inputs = [] }: SystemdUnit): Input[] => {
  const all: Input[] = [unitFileOf(name), ...inputs]
  return [...new Map(all.map(input => [inputKey(input), input])).values()]
}
export const unitFileOf = (name: string): string => `/etc/systemd/system/${name}`

/** Inputs that count: the unit's own file only where a task of the plan is about it, or the role names it. */
export const judgedInputs = (desired: SystemdUnit, observed: UnitState, world: World) => {
  const own = pathKey(unitFileOf(desired.name))
  const named = new Set((desired.inputs ?? []).map(inputKey))
  return observed.inputs.filter(({ key }) => named.has(key) || (key === own && world.state(own) !== undefined))
}

/** Has systemd still to read what will lie on the disk? */
export const needsReload = (observed: UnitState, world: World): boolean =>
  observed.needsReload ||
  observed.inputs.some(input => {
    if (!isUnitConfig(input.key) || world.state(input.key) === undefined) return false
    const predicted = predictedDigest(input, world)
    return predicted === undefined || input.present === undefined || !sameDigest(input.present, predicted, world.salt)
  })

/** What a process that goes on running was started with, and would not be now. */
export const staleInputs = (desired: SystemdUnit, observed: UnitState, world: World): ThingKey[] =>
  !isRunning(observed) || desired.active === false || desired.restart === 'never'
    ? []
    : judgedInputs(desired, observed, world)
        .filter(input => !isFresh(input, observed.startedAtUs, observed.needsReload, world))
        .map(({ key }) => key)
