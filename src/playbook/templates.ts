import type { Origin } from '../errors.js'
import { isTemplate } from '../inventory/template.js'
import type { Value } from '../inventory/model.js'
import { Vaulted, type YamlNode } from '../yaml.js'
import { errorAt } from './input-error.js'

/** Templates and vaulted values are not read yet; what is used must not hold one, at any depth. @throws InputError where it stands */
export function refuseTemplates({ value, origin, node }: Value): void {
  if (node) return refuseInNode(node)
  if (holdsTemplate(value)) throw templateError(origin)
}

/** The same for a part of a playbook. */
export function refuseInNode(node: YamlNode): void {
  if (node.tag === '!vault') throw vaultError(node.origin)
  if (node.kind === 'sequence') return node.items.forEach(refuseInNode)
  if (node.kind === 'mapping') return node.entries.forEach(entry => refuseInNode(entry.value))
  if (node.tag !== '!unsafe' && holdsTemplate(node.value)) throw templateError(node.origin)
}

function holdsTemplate(value: unknown): boolean {
  if (value instanceof Vaulted) throw vaultError(value.origin)
  if (typeof value !== 'object' || value === null) return isTemplate(value)
  return Object.values(value).some(holdsTemplate)
}

const templateError = (origin: Origin) =>
  errorAt(origin, 'templates (`{{`, `{%`) come later; netplay cannot read this value yet', {
    next: 'Write the value itself, or set it in group_vars or host_vars for the hosts it is for.',
  })

const vaultError = (origin: Origin) =>
  errorAt(origin, 'vaulted values come later; netplay cannot read this value yet', { next: 'Give it unencrypted, or leave it out.' })
