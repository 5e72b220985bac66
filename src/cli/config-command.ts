import { InputError, printable } from '../errors.js'
import { definitions, settingKeys, type Definition, type SettingKey } from '../settings/definitions.js'
import { placeOf, type Settings } from '../settings/settings.js'
import { didYouMean } from '../suggest.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import { isDefault } from './settle.js'

export interface ConfigFlags {
  changedOnly: boolean
  json: boolean
  settings: Settings
}

/** `netplay config [KEY]`: each setting, its value and what said so; then what is set and netplay does not have. */
export function configCommand(word: string | undefined, flags: ConfigFlags): ExitCode {
  const { settings } = flags
  const named = word === undefined ? settingKeys : [settingNamed(word, settings)]
  const keys = named.filter(key => !flags.changedOnly || !isDefault(settings.sources[key]))
  const foreign = word === undefined ? settings.foreign : []
  if (flags.json) process.stdout.write(`${JSON.stringify(asJson(settings, keys, foreign), null, 2)}\n`)
  else process.stdout.write(printable([...head(settings, word), ...keys.map(key => line(settings, key)), ''].join('\n')))
  const warnings = settings.warnings.filter(warning => !settings.foreign.some(({ words }) => words === warning))
  for (const words of [...warnings, ...foreign.map(one => one.words)]) process.stderr.write(`WARNING ${printable(words)}\n`)
  return exitCodes.done
}

const head = ({ file }: Settings, word: string | undefined) => (word === undefined ? [`configuration file: ${file ?? 'none'}`] : [])

/** As `ansible-config dump` writes it. */
const line = ({ values, sources }: Settings, key: SettingKey) =>
  `${definitions[key].name}(${placeOf(sources[key])}) = ${JSON.stringify(values[key] ?? null)}`

const asJson = (settings: Settings, keys: readonly SettingKey[], foreign: Settings['foreign']) => ({
  file: settings.file ?? null,
  settings: keys.map(key => ({ name: definitions[key].name, value: settings.values[key] ?? null, origin: placeOf(settings.sources[key]) })),
  without: foreign.map(({ name, words }) => ({ name, words })),
})

/** By Ansible's name, the key in the file, or the variable. */
function settingNamed(word: string, { foreign }: Settings): SettingKey {
  const namesOf = ({ name, env, ini }: Definition) => [name, ...env, ...ini.map(([, key]) => key)]
  const found = settingKeys.find(key => namesOf(definitions[key]).some(name => name.toLowerCase() === word.toLowerCase()))
  if (found !== undefined) return found
  const told = foreign.find(({ name }) => name.toLowerCase() === word.toLowerCase())
  const problem =
    told?.words ??
    `there is no setting "${word}"${didYouMean(
      word,
      settingKeys.flatMap(key => namesOf(definitions[key])),
    )}`
  throw new InputError(problem, { next: 'See all of them: netplay config.' })
}
