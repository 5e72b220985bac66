import { dirname, resolve } from 'node:path'
import { errorAt } from '../error-at.js'
import { formatOrigin, InputError, type Origin } from '../errors.js'
import { loadSource } from '../source-text.js'
import { ConfigText, parseConfig, type ConfigEntry } from './config-text.js'
import { definitions, settingKeys, type Definition, type SettingKey, type SettingValues } from './definitions.js'
import { findConfig } from './find-config.js'
import { foreignSettings, type Foreign } from './foreign.js'
import { booleanOf, valueOf, type SettingType, type SettingTypes } from './types.js'

/** What a value came from; a file's origin is that of the key. */
export type SettingSource = { default: true } | { variable: string } | { origin: Origin }

/** `ansible.cfg:3:1`, `ANSIBLE_FORKS`, `default` */
export const placeOf = (source: SettingSource): string =>
  'origin' in source ? formatOrigin(source.origin) : 'variable' in source ? source.variable : 'default'

export interface Settings {
  readonly values: SettingValues
  readonly sources: Readonly<Record<SettingKey, SettingSource>>
  /** the configuration file, as it is shown; absent: there is none */
  readonly file?: string
  /** settings of the file, and variables, that netplay does not have */
  readonly foreign: readonly Foreign[]
  readonly warnings: readonly string[]
}

/**
 * What ansible.cfg and ANSIBLE_* variables say, a variable before the file. Ansible's names, types and order of search.
 * @param options.systemFile where the machine's own configuration lies
 * @throws InputError the file is broken, a value has the wrong type, or netplay cannot do what it asks for
 */
export async function loadSettings(options: { cwd?: string; env?: NodeJS.ProcessEnv; systemFile?: string } = {}): Promise<Settings> {
  const { cwd = process.cwd(), env = process.env, systemFile } = options
  const { file, warnings } = findConfig(cwd, env, systemFile)
  const config = file === undefined ? new ConfigText() : parseConfig(await loadSource(file))
  const reading: Reading = { cwd, env, config, warnings, ...(file === undefined ? {} : { folder: dirname(resolve(cwd, file)) }) }
  const read = settingKeys.map(key => [key, settingOf(definitions[key], reading)] as const)
  const settings: Settings = {
    values: Object.fromEntries(read.map(([key, { value }]) => [key, value])) as unknown as SettingValues,
    sources: Object.fromEntries(read.map(([key, { source }]) => [key, source])) as Record<SettingKey, SettingSource>,
    ...(file === undefined ? {} : { file }),
    foreign: foreignSettings(config, env),
    warnings,
  }
  refuseWrong(settings)
  return { ...settings, warnings: [...warnings, ...settings.foreign.filter(({ matters }) => matters).map(({ words }) => words)] }
}

interface Reading {
  cwd: string
  env: NodeJS.ProcessEnv
  config: ConfigText
  /** of the file */
  folder?: string
  warnings: string[]
}

function settingOf(definition: Definition, reading: Reading): { value: SettingTypes[SettingType] | undefined; source: SettingSource } {
  const { env, config, cwd, folder = cwd } = reading
  const variable = definition.env.findLast(name => env[name] !== undefined && (env[name] !== '' || isText(definition)))
  if (variable !== undefined) {
    const value = valueOf(env[variable]!, definition.type, { env, cwd, folder: cwd, unquotes: false })
    return { value: checked(definition, value, variable, env[variable]!, reading), source: { variable } }
  }
  const entry = definition.ini
    .map(([section, key]) => config.find(section, key))
    .findLast(found => found && !isEmptyPath(definition, found))
  if (!entry) return { value: definition.default, source: { default: true } }
  const value = valueOf(entry.value, definition.type, { env, cwd, folder, unquotes: true })
  return { value: checked(definition, value, entry.origin, entry.value, reading), source: { origin: entry.origin } }
}

/** An empty variable counts where it is a text; elsewhere it is as good as none. */
const isText = ({ type }: Definition) => type === 'string' || type === 'list'
/** Ansible takes an empty path as the folder of the file: nobody means that. */
const isEmptyPath = ({ type }: Definition, { value }: ConfigEntry) => type.startsWith('path') && value === ''

function checked<T>({ type, ini }: Definition, value: T | undefined, from: string | Origin, text: string, { warnings }: Reading): T {
  const name = typeof from === 'string' ? from : ini[0]![1]
  if (value === undefined) throw wrongValue(from, `${name} is ${type === 'integer' ? 'a whole number' : `a ${type}`}, not "${text}"`)
  if (type === 'boolean' && booleanOf(text) === undefined)
    warnings.push(
      `${typeof from === 'string' ? '' : `${formatOrigin(from)}: `}${name} is "${text}", which counts as false: write yes or no`,
    )
  return value
}

const wrongValue = (from: string | Origin, problem: string, next?: string): InputError => {
  const details = { next: `${next ?? 'Mend it and run again.'} Nothing was changed.` }
  return typeof from === 'string' ? new InputError(problem, details) : errorAt(from, problem, details)
}

/** An error about a setting, at the place that set it. */
export function settingError({ sources }: Settings, key: SettingKey, problem: string, next?: string): InputError {
  const source = sources[key]
  if ('origin' in source) return wrongValue(source.origin, problem, next)
  return wrongValue('', 'variable' in source ? `${source.variable}: ${problem}` : problem, next)
}

function refuseWrong(settings: Settings): void {
  const { forks, timeout, remotePort, sshRetries, hashBehaviour, verbosity, connection } = settings.values
  const least = (key: SettingKey, value: number | undefined, from: number, to = Infinity) => {
    if (value === undefined || (value >= from && value <= to)) return
    const range = to === Infinity ? `a whole number of at least ${from}` : `from ${from} to ${to}`
    throw settingError(settings, key, `${definitions[key].ini[0]![1]} is ${range}, not ${value}`)
  }
  least('forks', forks, 1)
  least('timeout', timeout, 1)
  least('remotePort', remotePort, 1, 65_535)
  least('sshRetries', sshRetries, 0)
  least('verbosity', verbosity, 0)
  if (!/^(ansible\.(builtin|legacy)\.)?(ssh|smart|paramiko|paramiko_ssh|local)$/.test(connection))
    throw settingError(settings, 'connection', `transport "${connection}" is not known; netplay knows ssh and local`)
  if (hashBehaviour === 'replace') return
  const next = 'Leave it out, and write the whole dictionary where it is to win, or templates that combine dictionaries.'
  if (hashBehaviour === 'merge') throw settingError(settings, 'hashBehaviour', 'netplay does not merge dictionaries of one name', next)
  throw settingError(settings, 'hashBehaviour', `hash_behaviour is replace, not "${hashBehaviour}"`)
}
