import type { Origin } from '../errors.js'
import { isTemplate } from '../inventory/template.js'
import type { YamlNode } from '../yaml.js'
import { errorAt } from '../error-at.js'

/** A part of a playbook that is read before any host is known, and by no variables, must hold no template. @throws InputError where it stands */
export function refuseInNode(node: YamlNode): void {
  if (node.kind === 'sequence') return node.items.forEach(refuseInNode)
  if (node.kind === 'mapping') return node.entries.forEach(entry => refuseInNode(entry.value))
  if (node.tag !== '!unsafe' && node.vaulted === undefined && isTemplate(node.value)) throw templateError(node.origin)
}

const templateError = (origin: Origin) => errorAt(origin, 'a template (`{{`, `{%`) cannot stand here', { next: 'Write the value itself.' })
