import { errorAt } from '../error-at.js'
import type { Origin } from '../errors.js'
import type { Host } from './model.js'
import type { Warn } from './operations.js'

/** Names are kept as they are written; what Ansible would also complain of is said. */
export function checkGroupName(name: string, origin: Origin, warn: Warn): void {
  if (/^[A-Za-z_]\w*$/.test(name)) return
  warn(`the group name "${name}" has characters outside A-Z, a-z, 0-9 and _, or a digit first; it is kept as it is`, origin)
}

export function checkVariableName(name: string, origin: Origin, warn: Warn): void {
  if (/^[A-Za-z_]\w*$/.test(name)) return
  warn(`"${name}" is no valid variable name (letters, digits and _, no digit first); it is kept as it is`, origin)
}

/**
 * A run keeps what it says of a host under its name, on one line of plans, journals and retry files.
 * @throws InputError a name that could not be told from something else there
 */
export function refuseNameForRun({ name, origin }: Host): void {
  if (!(name in Object.prototype) && name.isWellFormed() && !/[\u0000-\u001f\u007f-\u009f]/.test(name)) return
  throw errorAt(origin, `a run cannot have a host of the name ${JSON.stringify(name)}`, {
    next: 'Give it another name, and say where it is with ansible_host; nothing was changed.',
  })
}
