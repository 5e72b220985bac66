import type { Origin } from '../errors.js'
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
