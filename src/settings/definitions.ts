import type { SettingType, SettingTypes } from './types.js'

export interface Definition {
  /** as `ansible-config` calls it, or an option of its ssh plugin */
  name: string
  type: SettingType
  /** of several that are set the last one counts */
  env: readonly string[]
  /** section and key; of several that are set the last one counts */
  ini: readonly (readonly [section: string, key: string])[]
  default?: SettingTypes[SettingType]
}

const of = <T extends SettingType>(type: T) =>
  function define<const D extends SettingTypes[T] | undefined = undefined>(
    name: string,
    env: readonly string[],
    ini: Definition['ini'],
    otherwise?: D,
  ) {
    return { name, type, env, ini, ...(otherwise === undefined ? {} : { default: otherwise }) } as Definition & { type: T; default: D }
  }
const [boolean, integer, string, path, list] = [of('boolean'), of('integer'), of('string'), of('path'), of('list')]
const [pathlist, pathspec] = [of('pathlist'), of('pathspec')]

/**
 * The settings that netplay has of Ansible's, under the names, sections and variables that Ansible has for them.
 * Source: ansible-core 2.19 lib/ansible/config/base.yml, plugins/connection/ssh.py.
 */
export const definitions = {
  inventory: pathlist('DEFAULT_HOST_LIST', ['ANSIBLE_INVENTORY'], [['defaults', 'inventory']], []),
  forks: integer('DEFAULT_FORKS', ['ANSIBLE_FORKS'], [['defaults', 'forks']], 50),
  rolesPath: pathspec('DEFAULT_ROLES_PATH', ['ANSIBLE_ROLES_PATH'], [['defaults', 'roles_path']], []),
  anyErrorsFatal: boolean('ANY_ERRORS_FATAL', ['ANSIBLE_ANY_ERRORS_FATAL'], [['defaults', 'any_errors_fatal']], false),
  tags: list('TAGS_RUN', ['ANSIBLE_RUN_TAGS'], [['tags', 'run']], []),
  skipTags: list('TAGS_SKIP', ['ANSIBLE_SKIP_TAGS'], [['tags', 'skip']], []),
  playbookDir: path('PLAYBOOK_DIR', ['ANSIBLE_PLAYBOOK_DIR'], [['defaults', 'playbook_dir']]),
  inventoryExport: boolean('INVENTORY_EXPORT', ['ANSIBLE_INVENTORY_EXPORT'], [['inventory', 'export']], false),
  hashBehaviour: string('DEFAULT_HASH_BEHAVIOUR', ['ANSIBLE_HASH_BEHAVIOUR'], [['defaults', 'hash_behaviour']], 'replace'),

  connection: string('DEFAULT_TRANSPORT', ['ANSIBLE_TRANSPORT'], [['defaults', 'transport']], 'ssh'),
  remoteUser: string('DEFAULT_REMOTE_USER', ['ANSIBLE_REMOTE_USER'], [['defaults', 'remote_user']]),
  remotePort: integer('DEFAULT_REMOTE_PORT', ['ANSIBLE_REMOTE_PORT'], [['defaults', 'remote_port']]),
  privateKeyFile: path('DEFAULT_PRIVATE_KEY_FILE', ['ANSIBLE_PRIVATE_KEY_FILE'], [['defaults', 'private_key_file']]),
  timeout: integer(
    'DEFAULT_TIMEOUT',
    ['ANSIBLE_TIMEOUT', 'ANSIBLE_SSH_TIMEOUT'],
    [
      ['defaults', 'timeout'],
      ['ssh_connection', 'timeout'],
    ],
  ),
  hostKeyChecking: boolean(
    'HOST_KEY_CHECKING',
    ['ANSIBLE_HOST_KEY_CHECKING', 'ANSIBLE_SSH_HOST_KEY_CHECKING'],
    [
      ['defaults', 'host_key_checking'],
      ['ssh_connection', 'host_key_checking'],
    ],
    true,
  ),
  sshArgs: string('SSH_ARGS', ['ANSIBLE_SSH_ARGS'], [['ssh_connection', 'ssh_args']]),
  sshCommonArgs: string('SSH_COMMON_ARGS', ['ANSIBLE_SSH_COMMON_ARGS'], [['ssh_connection', 'ssh_common_args']]),
  sshExtraArgs: string('SSH_EXTRA_ARGS', ['ANSIBLE_SSH_EXTRA_ARGS'], [['ssh_connection', 'ssh_extra_args']]),
  sshRetries: integer(
    'SSH_RETRIES',
    ['ANSIBLE_SSH_RETRIES'],
    [
      ['connection', 'retries'],
      ['ssh_connection', 'retries'],
    ],
  ),
  askPass: boolean('DEFAULT_ASK_PASS', ['ANSIBLE_ASK_PASS'], [['defaults', 'ask_pass']], false),
  connectionPasswordFile: path(
    'CONNECTION_PASSWORD_FILE',
    ['ANSIBLE_CONNECTION_PASSWORD_FILE'],
    [['defaults', 'connection_password_file']],
  ),

  become: boolean('DEFAULT_BECOME', ['ANSIBLE_BECOME'], [['privilege_escalation', 'become']], false),
  becomeMethod: string('DEFAULT_BECOME_METHOD', ['ANSIBLE_BECOME_METHOD'], [['privilege_escalation', 'become_method']], 'sudo'),
  becomeUser: string('DEFAULT_BECOME_USER', ['ANSIBLE_BECOME_USER'], [['privilege_escalation', 'become_user']], 'root'),
  becomeExe: string('DEFAULT_BECOME_EXE', ['ANSIBLE_BECOME_EXE'], [['privilege_escalation', 'become_exe']]),
  becomeFlags: string('DEFAULT_BECOME_FLAGS', ['ANSIBLE_BECOME_FLAGS'], [['privilege_escalation', 'become_flags']]),
  becomeAskPass: boolean('DEFAULT_BECOME_ASK_PASS', ['ANSIBLE_BECOME_ASK_PASS'], [['privilege_escalation', 'become_ask_pass']], false),
  becomePasswordFile: path('BECOME_PASSWORD_FILE', ['ANSIBLE_BECOME_PASSWORD_FILE'], [['defaults', 'become_password_file']]),

  vaultPasswordFile: path('DEFAULT_VAULT_PASSWORD_FILE', ['ANSIBLE_VAULT_PASSWORD_FILE'], [['defaults', 'vault_password_file']]),
  vaultIdentityList: list('DEFAULT_VAULT_IDENTITY_LIST', ['ANSIBLE_VAULT_IDENTITY_LIST'], [['defaults', 'vault_identity_list']], []),
  vaultIdMatch: boolean('DEFAULT_VAULT_ID_MATCH', ['ANSIBLE_VAULT_ID_MATCH'], [['defaults', 'vault_id_match']], false),
  vaultEncryptIdentity: string(
    'DEFAULT_VAULT_ENCRYPT_IDENTITY',
    ['ANSIBLE_VAULT_ENCRYPT_IDENTITY'],
    [['defaults', 'vault_encrypt_identity']],
  ),
  askVaultPass: boolean('DEFAULT_ASK_VAULT_PASS', ['ANSIBLE_ASK_VAULT_PASS'], [['defaults', 'ask_vault_pass']], false),

  diffAlways: boolean('DIFF_ALWAYS', ['ANSIBLE_DIFF_ALWAYS'], [['diff', 'always']], false),
  verbosity: integer('DEFAULT_VERBOSITY', ['ANSIBLE_VERBOSITY'], [['defaults', 'verbosity']], 0),
  forceColor: boolean('ANSIBLE_FORCE_COLOR', ['ANSIBLE_FORCE_COLOR'], [['defaults', 'force_color']], false),
  noColor: boolean('ANSIBLE_NOCOLOR', ['ANSIBLE_NOCOLOR'], [['defaults', 'nocolor']], false),
  retryFilesEnabled: boolean('RETRY_FILES_ENABLED', ['ANSIBLE_RETRY_FILES_ENABLED'], [['defaults', 'retry_files_enabled']], false),
  retryFilesSavePath: path('RETRY_FILES_SAVE_PATH', ['ANSIBLE_RETRY_FILES_SAVE_PATH'], [['defaults', 'retry_files_save_path']]),
}

export type SettingKey = keyof typeof definitions

type ValueOf<D> = D extends { type: infer T extends SettingType; default: infer V }
  ? SettingTypes[T] | (V extends undefined ? undefined : never)
  : never
export type SettingValues = { readonly [K in SettingKey]: ValueOf<(typeof definitions)[K]> }

export const settingKeys = Object.keys(definitions) as SettingKey[]
