import { InputError } from '../errors.js'
import type { Value } from './model.js'

/** `{{` or `{%` in it, at any depth; what is tagged `!unsafe` is text as it stands. */
export const isTemplate = (value: unknown): boolean => {
  if (typeof value === 'string') return /\{\{|\{%/.test(value)
  return typeof value === 'object' && value !== null && Object.values(value).some(isTemplate)
}

/** Templates are not read yet: a variable that netplay itself uses must not hold one. @throws InputError where it was written */
export function refuseTemplate({ value, origin, node }: Value, name: string): void {
  if (node?.tag === '!unsafe' || !isTemplate(value)) return
  throw new InputError(`${name} holds a template (\`{{\`, \`{%\`), which come later; netplay cannot read this value yet`, {
    origin,
    next: 'Write the value itself, in group_vars or host_vars for the hosts it is for, or as -e.',
  })
}
