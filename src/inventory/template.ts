import { InputError } from '../errors.js'
import { Vaulted } from '../vaulted.js'
import type { Value } from './model.js'

/** `{{` or `{%` in it, at any depth; what is tagged `!unsafe` is text as it stands. */
export const isTemplate = (value: unknown): boolean => {
  if (value instanceof Vaulted) return isTemplateInVault(value)
  if (typeof value === 'string') return /\{\{|\{%/.test(value)
  return typeof value === 'object' && value !== null && Object.values(value).some(isTemplate)
}

/** A value that is encrypted by itself is text as it stands, as in Ansible; in a file that is encrypted as a whole it is like any other. */
const isTemplateInVault = (value: Vaulted) => value.ciphertext === undefined && isTemplate(value.reveal())

/** What is looked at before templates are evaluated must not hold one. @throws InputError where it was written */
export function refuseTemplate({ value, origin, node }: Value, name: string): void {
  if (node?.tag === '!unsafe' || !isTemplate(value)) return
  throw new InputError(`${name} holds a template (\`{{\`, \`{%\`), which netplay does not read here`, {
    origin,
    next: 'Write the value itself, in group_vars or host_vars for the hosts it is for, or as -e.',
  })
}
