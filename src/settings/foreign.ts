import { formatOrigin, type Origin } from '../errors.js'
import { didYouMean } from '../suggest.js'
import { ansibleNames, otherSections } from './ansible-names.js'
import type { ConfigText } from './config-text.js'
import { definitions, type Definition } from './definitions.js'

/** A setting that is written and that netplay does not have. Its value is never told: it may be a secret. */
export interface Foreign {
  name: string
  /** absent: a variable of the environment */
  origin?: Origin
  /** the whole sentence, with its place */
  words: string
  /** a run without it may do another thing than the admin means: every run says so */
  matters: boolean
}

const ours: readonly Definition[] = Object.values(definitions)
const isOurs = (section: string, key: string) => ours.some(({ ini }) => ini.some(pair => pair[0] === section && pair[1] === key))
const ourVariables = new Set(['ANSIBLE_CONFIG', ...ours.flatMap(({ env }) => env)])

/** Settings of the file that netplay does not have, then variables ANSIBLE_… */
export const foreignSettings = (config: ConfigText, env: NodeJS.ProcessEnv): Foreign[] => [
  ...[...config.sections].flatMap(([section, entries]) => [...entries.values()].flatMap(({ key, origin }) => ofFile(section, key, origin))),
  ...Object.keys(env)
    .filter(name => name.startsWith('ANSIBLE_') && !ourVariables.has(name))
    .sort()
    .map(ofEnvironment),
]

function ofFile(section: string, key: string, origin: Origin): Foreign[] {
  const known = ansibleNames[section]
  if (isOurs(section, key) || (section === 'DEFAULT' && ours.some(({ ini }) => ini.some(pair => pair[1] === key)))) return []
  const tell = (problem: string, matters: boolean): Foreign[] => [
    { name: key, origin, words: `${formatOrigin(origin)}: ${problem}`, matters },
  ]
  if (known?.includes(key)) return tell(`netplay has no ${key}: ${insteadOf(key)}`, matters.has(key))
  if (known) return tell(`there is no setting "${key}" in [${section}]${hint(key, section)}`, true)
  if (otherSections.includes(section)) return tell(`netplay reads nothing of [${section}]`, false)
  return tell(`there is no section [${section}]${didYouMean(section, Object.keys(ansibleNames))}`, true)
}

/** A setting is often written into the wrong section. */
function hint(key: string, section: string): string {
  const elsewhere = Object.keys(ansibleNames).find(other => ansibleNames[other]!.includes(key))
  if (elsewhere !== undefined) return `; it belongs into [${elsewhere}]`
  return didYouMean(key, ansibleNames[section]!)
}

function ofEnvironment(name: string): Foreign {
  const key = name.slice('ANSIBLE_'.length).toLowerCase()
  const isKnown = Object.hasOwn(instead, key) || Object.values(ansibleNames).some(keys => keys.includes(key))
  const words = isKnown ? `netplay has no ${name}: ${insteadOf(key)}` : `netplay has no ${name}${didYouMean(name, ourVariables)}`
  return { name, words, matters: matters.has(key) }
}

/** Without these a run may show, read or do something else. */
const matters = new Set([
  'no_log',
  'ignore_patterns',
  'ignore_extensions',
  'inventory_ignore_patterns',
  'inventory_ignore_extensions',
  'precedence',
])

const insteadOf = (key: string): string => {
  if (Object.hasOwn(instead, key)) return instead[key]!
  if (key.endsWith('_plugins') || key.endsWith('_callbacks')) return plugins
  if (key.startsWith('fact_caching') || key.startsWith('cache')) return facts
  if (/^(nocows|cow|display_|show_|callback_)/.test(key) || key.endsWith('_warnings') || key.endsWith('_warning')) return screen
  return 'it has no effect'
}

const facts = 'facts are read in every run, in one request a host'
const plugins = "Ansible's plugins and modules do not run here; work of your own is a role in TypeScript (docs/writing-a-role.md)"
const screen = 'the screen is its own; -v says more, --output json tells programs everything (docs/events.md)'
const connection = 'netplay speaks SSH itself and keeps one connection a host; what ~/.ssh/config says counts'
const strict = 'a source that cannot be read ends the run; --skip-broken-sources makes it a warning'
const sources = 'name the sources that count with -i'
const noPython = 'hosts need no Python'
const secrets = 'secrets are hidden by type, wherever they go (docs/vault.md); mark a parameter `secret: true`'
const passwordFile = 'no password is taken from the environment; name a file in ANSIBLE_BECOME_PASSWORD_FILE, or give -K'
const passphraseFile = 'no key and no passphrase is taken from the environment; --key-passphrase-file names a file'

const instead: Readonly<Record<string, string>> = {
  gathering: facts,
  gather_subset: facts,
  stdout_callback: screen,
  callbacks_enabled: screen,
  library: plugins,
  module_utils: plugins,
  collections_path: plugins,
  jinja2_extensions: plugins,
  strategy: 'hosts go through the tasks of a play independently, as with `free`; `serial` makes batches',
  interpreter_python: noPython,
  python_interpreter: noPython,
  pipelining: `${noPython}, and a host gets its work in one request anyway`,
  ssh_pipelining: `${noPython}, and a host gets its work in one request anyway`,
  log_path: 'every run is kept, each of its events a line (docs/events.md): ~/.local/state/netplay/runs',
  no_log: secrets,
  force_handlers: 'a restart that is due is never lost: the next run makes it',
  error_on_undefined_vars: 'what is not defined is always an error, with its place',
  jinja2_native: 'templates keep the types of their values (docs/variables.md)',
  duplicate_dict_key: 'a key that is written twice is always an error',
  max_diff_size: '--diff shows files of text up to the size that a plan can hold',
  context: '--diff shows three lines around each change',
  remote_tmp: 'files are written beside their place and renamed; what must be kept is in /var/lib/netplay of the host',
  local_tmp: 'nothing is built on this machine',
  executable: 'a host runs its work with sh',
  ignore_patterns: sources,
  ignore_extensions: sources,
  inventory_ignore_patterns: sources,
  inventory_ignore_extensions: sources,
  enable_plugins: 'host lists, scripts, YAML, INI and TOML are read, in that order',
  any_unparsed_is_failed: strict,
  unparsed_is_failed: strict,
  inventory_unparsed_warning: strict,
  host_pattern_mismatch: 'a pattern that matches nothing is a warning',
  precedence: 'variables have the one order of docs/variables.md',
  vault_identity: 'write the label with the password: LABEL@FILE in vault_identity_list',
  task_timeout: 'each task has its own deadline',
  control_path: connection,
  control_path_dir: connection,
  ssh_executable: connection,
  transfer_method: connection,
  usetty: connection,
  sftp_batch_mode: connection,
  become_pass: passwordFile,
  sudo_pass: passwordFile,
  private_key: passphraseFile,
  private_key_passphrase: passphraseFile,
}
