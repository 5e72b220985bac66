import type { Command, Option } from 'commander'
import { settingError, type SettingSource, type Settings } from '../settings/settings.js'
import type { SettingKey } from '../settings/definitions.js'

/** What a setting gives where the command line says nothing. By option, as commander calls its value. */
const settingOf: Readonly<Record<string, SettingKey>> = {
  inventory: 'inventory',
  forks: 'forks',
  user: 'remoteUser',
  keyFile: 'privateKeyFile',
  timeout: 'timeout',
  connection: 'connection',
  sshCommonArgs: 'sshCommonArgs',
  sshExtraArgs: 'sshExtraArgs',
  askPass: 'askPass',
  connectionPasswordFile: 'connectionPasswordFile',
  become: 'become',
  becomeMethod: 'becomeMethod',
  becomeUser: 'becomeUser',
  askBecomePass: 'becomeAskPass',
  becomePasswordFile: 'becomePasswordFile',
  askVaultPass: 'askVaultPass',
  diff: 'diffAlways',
  playbookDir: 'playbookDir',
  export: 'inventoryExport',
}

/** Who says where a password comes from has said it for both ways. */
const rivals: Readonly<Record<string, string>> = {
  askPass: 'connectionPasswordFile',
  connectionPasswordFile: 'askPass',
  askBecomePass: 'becomePasswordFile',
  becomePasswordFile: 'askBecomePass',
}

/** They carry what they were made with. */
const withOwnInventory = new Set(['apply', 'rollback'])

/**
 * Fills in from the settings what the command line left out, and keeps them all as `settings`. Not for a command that has no such option.
 * @throws {InputError} a setting has a value that the option does not take
 */
export async function settle(command: Command): Promise<void> {
  const has = (name: string) => command.options.some(option => option.attributeName() === name)
  if (!['inventory', 'vaultId', 'changedOnly'].some(has)) return
  const settings = await (await import('../settings/settings.js')).loadSettings()
  command.setOptionValue('settings', settings)
  for (const option of command.options) {
    const name = option.attributeName()
    const key = Object.hasOwn(settingOf, name) ? settingOf[name] : undefined
    if (key === undefined || isGiven(command, name) || isGiven(command, rivals[name] ?? '') || isDefault(settings.sources[key])) continue
    if (name === 'inventory' && withOwnInventory.has(command.name())) continue
    command.setOptionValueWithSource(name, taken(option, key, settings), 'config')
  }
  if (has('tags')) addWords(command, settings)
  if (has('verbose')) command.setOptionValue('verbose', settings.values.verbosity + Number(command.getOptionValue('verbose')))
  if (has('color') && !isGiven(command, 'color')) command.setOptionValue('color', colourOf(settings) ?? command.getOptionValue('color'))
}

const isGiven = (command: Command, name: string) => !['default', 'config', undefined].includes(command.getOptionValueSource(name))
export const isDefault = (source: SettingSource): boolean => 'default' in source

function taken({ argChoices }: Option, key: SettingKey, settings: Settings): unknown {
  const value = settings.values[key]
  if (!argChoices || argChoices.includes(String(value))) return value
  throw settingError(settings, key, `"${String(value)}" is none of ${argChoices.join(', ')}`)
}

/** As in Ansible, `--tags` of the command line come on top. */
function addWords(command: Command, { values }: Settings): void {
  const all = (from: readonly string[], name: string) => [...from.filter(Boolean), ...(command.getOptionValue(name) as string[])]
  command.setOptionValue('tags', all(values.tags, 'tags'))
  command.setOptionValue('skipTags', all(values.skipTags, 'skipTags'))
}

/** Ansible's order: who forces colours has them. NO_COLOR counts in any case (report/paint.ts). */
const colourOf = ({ values }: Settings) => (values.forceColor ? 'always' : values.noColor ? 'never' : undefined)
