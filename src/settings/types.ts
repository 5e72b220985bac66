import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, normalize } from 'node:path'

/** What each type of Ansible's settings is here. Source: ansible lib/ansible/config/manager.py `ensure_type`. */
export interface SettingTypes {
  boolean: boolean
  integer: number
  string: string
  /** absolute */
  path: string
  /** `,` between */
  list: readonly string[]
  /** absolute, `,` between */
  pathlist: readonly string[]
  /** absolute, `:` between */
  pathspec: readonly string[]
}
export type SettingType = keyof SettingTypes

export interface Surroundings {
  env: NodeJS.ProcessEnv
  /** absolute; relative paths count from here */
  folder: string
  /** absolute; what {{CWD}} stands for */
  cwd: string
  /** quotes around a whole text are taken off, as Ansible does in files and not in variables */
  unquotes: boolean
}

/** @returns undefined where the text is none of that type */
export function valueOf(text: string, type: SettingType, around: Surroundings): SettingTypes[SettingType] | undefined {
  const whole = (value: string) => (around.unquotes ? unquoted(value) : value)
  switch (type) {
    case 'boolean':
      return booleanOf(text) ?? false
    case 'integer':
      return integerOf(text)
    case 'string':
      return whole(text)
    case 'path':
      return whole(pathOf(text, around))
    case 'list':
      return text.split(',').map(word => unquoted(word.trim()))
    case 'pathlist':
      return text.split(',').map(word => pathOf(word.trim(), around))
    case 'pathspec':
      return text.split(':').map(word => pathOf(word, around))
  }
}

/** `undefined`: no word for either; Ansible takes it as false. */
export function booleanOf(text: string): boolean | undefined {
  const word = text.trim().toLowerCase()
  if (['y', 'yes', 'on', '1', 'true', 't'].includes(word)) return true
  return ['n', 'no', 'off', '0', 'false', 'f'].includes(word) ? false : undefined
}

/** As Python's Decimal reads it, if it is whole: `1e2` is 100. */
function integerOf(text: string): number | undefined {
  const digits = text.trim().replaceAll('_', '')
  const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(digits) ? Number(digits) : NaN
  return Number.isSafeInteger(number) ? number : undefined
}

const unquoted = (text: string) => (/^(["']).*\1$/s.test(text) && text.length > 1 && text.at(-2) !== '\\' ? text.slice(1, -1) : text)

/** `{{CWD}}`, `$NAME`, `${NAME}` and `~` replaced, no `..` left; a variable that is not set stays as it is written. */
export function pathOf(text: string, { env, folder, cwd }: Omit<Surroundings, 'unquotes'>): string {
  const named = text
    .replaceAll('{{CWD}}', cwd)
    .replace(/\$(?:(\w+)|\{([^}]*)\})/g, (written, plain?: string, braced?: string) => env[plain ?? braced ?? ''] ?? written)
    .replace(/^~([^/]*)/, (written, user: string) => homeOf(user, env) ?? written)
  const path = normalize(isAbsolute(named) ? named : join(folder, named))
  return path.length > 1 ? path.replace(/\/$/, '') : path
}

function homeOf(user: string, env: NodeJS.ProcessEnv): string | undefined {
  const home = user === '' ? (env['HOME'] ?? homedir()) : fromPasswd(user)
  return home?.replace(/\/+$/, '')
}

const fromPasswd = (user: string): string | undefined =>
  readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
    .find(([name]) => name === user)?.[5]
