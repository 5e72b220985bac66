import type { YamlEntry, YamlMapping } from '../yaml.js'
import { errorAt } from '../error-at.js'
import { didYouMean } from '../suggest.js'
import { becomeKeys } from './become-keys.js'

/** Keys of a play that netplay reads. */
export const playKeys = [
  'name',
  'hosts',
  'roles',
  'vars',
  'vars_files',
  'vars_prompt',
  'serial',
  ...becomeKeys,
  'max_fail_percentage',
  'any_errors_fatal',
  'order',
  'tags',
  'hold',
  'gather_facts',
  'strategy',
  'pre_tasks',
  'tasks',
  'post_tasks',
  'handlers',
  'environment',
] as const

/** Keys of Ansible's that are not there yet, and of netplay's own that come later, with what to do until then. */
const later: Readonly<Record<string, string>> = {
  when: 'Give it to the tasks and roles of the play, or choose hosts by group.',
  remote_user: 'Set ansible_user in the inventory, or give -u.',
  port: 'Set ansible_port in the inventory.',
  connection: 'Set ansible_connection in the inventory.',
  timeout: 'Give -T for the connection.',
  run_once: 'Name the one host in `hosts`.',
}
const laterWithoutWords = [
  ...['check_mode', 'collections', 'debugger', 'diff', 'fact_path', 'force_handlers', 'gather_subset', 'gather_timeout'],
  ...['ignore_errors', 'ignore_unreachable', 'module_defaults', 'no_log', 'throttle', 'validate_argspec'],
]

/** Entries of a mapping by key. @throws InputError at the first key that is not in `known`: not there yet, or misspelt */
export function knownEntries<K extends string>(mapping: YamlMapping, known: readonly K[], what: string): Map<K, YamlEntry> {
  for (const { key, keyOrigin } of mapping.entries) {
    if ((known as readonly string[]).includes(key)) continue
    if (isLater(key)) throw laterError(key, keyOrigin, what)
    throw errorAt(keyOrigin, `${what} has no key "${key}"${didYouMean(key, [...known, ...Object.keys(later)])}`)
  }
  return new Map(mapping.entries.map(entry => [entry.key as K, entry]))
}

export const laterError = (key: string, origin: YamlEntry['keyOrigin'], what: string) =>
  errorAt(origin, `\`${key}\` of ${what} comes later; netplay does not know it yet`, {
    next: (Object.hasOwn(later, key) ? later[key] : undefined) ?? 'Leave it out and run again; nothing was changed.',
  })

const isLater = (key: string) => Object.hasOwn(later, key) || laterWithoutWords.includes(key)
