import { join } from 'node:path'
import { NetplayError } from '../../src/errors.js'
import { definitions, settingKeys, type SettingKey } from '../../src/settings/definitions.js'
import { loadSettings } from '../../src/settings/settings.js'
import { scratch } from '../inventory/scratch.js'
import { agree, type Agreement, type Amount, type Counts } from './agreement.js'
import { anySettings, type SettingsCase } from './any-settings.js'
import type { AnsibleOracle } from './oracle.js'

/** Options of Ansible's ssh plugin; the others are settings of its own. */
const ofPlugin: Partial<Record<SettingKey, string>> = {
  timeout: 'timeout',
  hostKeyChecking: 'host_key_checking',
  sshArgs: 'ssh_args',
  sshCommonArgs: 'ssh_common_args',
  sshExtraArgs: 'ssh_extra_args',
  sshRetries: 'reconnection_retries',
}
/** `vault_id_match` has no type in Ansible, and its text is used as a word; netplay's is a boolean. */
const untyped: readonly SettingKey[] = ['vaultIdMatch']
const compared = settingKeys.filter(key => !untyped.includes(key))
const nameOf = (key: SettingKey) => ofPlugin[key] ?? definitions[key].name

/** Generated files and environments: what is set has the same value and comes from the same place. @throws {Error} the shrunk case */
export const settingsAgree = (oracle: AnsibleOracle, amount: Amount): Promise<Agreement> =>
  agree(anySettings, amount, (one, counts) => settingsCaseAgrees(oracle, one, counts))

export async function settingsCaseAgrees(oracle: AnsibleOracle, { config, env }: SettingsCase, counts: Counts): Promise<void> {
  const cwd = scratch({ 'ansible.cfg': config, 'home/x': '' })
  process.chdir(cwd)
  const own = { ...env, WORD: 'word', HOME: join(cwd, 'home'), ANSIBLE_CONFIG: join(cwd, 'ansible.cfg') }
  const names = compared.filter(key => !(key in ofPlugin)).map(nameOf)
  const [theirs, ours] = [await oracle.settings(cwd, { env: own, names, plugin: Object.values(ofPlugin) }), await read(own)]
  if ('refused' in theirs || 'refused' in ours) {
    if (!('refused' in theirs && 'refused' in ours)) throw new Error(JSON.stringify({ config, env, theirs, ours }, null, 1))
    counts.refused++
    return
  }
  for (const key of compared) {
    const [their, our] = [theirs.values[nameOf(key)]!, ours.values[key]!]
    // Defaults are each program's own.
    const theirPlace = their.origin === 'default' ? 'default' : their.origin.replace(/^env: /, '')
    const isSame = theirPlace === our.place && (theirPlace === 'default' || JSON.stringify(their.value) === JSON.stringify(our.value))
    if (!isSame) throw new Error(JSON.stringify({ config, env, key, their, our }, null, 1))
  }
  counts.same++
}

async function read(env: Record<string, string>) {
  try {
    const { values, sources } = await loadSettings({ env, systemFile: '/nonexistent/ansible.cfg' })
    const place = (key: SettingKey) => {
      const source = sources[key]
      return 'origin' in source ? source.origin.file : 'variable' in source ? source.variable : 'default'
    }
    return { values: Object.fromEntries(compared.map(key => [key, { value: values[key], place: place(key) }])) }
  } catch (error) {
    if (!(error instanceof NetplayError)) throw error
    return { refused: error.message }
  }
}
