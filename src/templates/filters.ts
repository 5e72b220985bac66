import { dataFilters } from './filters-data.js'
import { listFilters } from './filters-list.js'
import { networkFilters } from './filters-network.js'
import { textFilters } from './filters-text.js'
import { valueFilters } from './filters-value.js'
import type { Args, Jinja } from './values.js'

/** What filters that call others need. */
export interface Tools {
  /** The filter or test whose name comes first in `args`, on a value: `map('upper')`, `select('match', '^a')`. */
  call: (kind: 'filter' | 'test', value: Jinja, args: Args) => Jinja
  /** All that is in the value, secrets revealed. @throws when it is undefined */
  use: (value: Jinja) => Jinja
}

/** @throws TemplateProblem for a value or an argument that it has no answer for */
export type Filter = (value: Jinja, args: Args, tools: Tools) => Jinja

/** By name, as in Ansible without `ansible.builtin.`; docs/variables.md lists them. */
export const filters: ReadonlyMap<string, Filter> = new Map([
  ...Object.entries(valueFilters),
  ...Object.entries(textFilters),
  ...Object.entries(listFilters),
  ...Object.entries(dataFilters),
  ...Object.entries(networkFilters),
])

/** These see a value as it stands: what is undefined, a secret, a dict whose members nobody has asked for. */
export const shallowFilters: ReadonlySet<string> = new Set(['default', 'd', 'mandatory', 'length', 'count', 'ternary', 'type_debug'])
