import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { InputError } from '../errors.js'
import { pathOf } from './types.js'

export interface FoundConfig {
  /** as it is shown: `ansible.cfg` for the one of the working folder, else absolute; undefined: there is none */
  file?: string
  warnings: string[]
}

/**
 * The one configuration file that counts: `$ANSIBLE_CONFIG` (a file, or a folder that has one), `ansible.cfg` of the working folder unless everybody
 * may write there, `~/.ansible.cfg`, `/etc/ansible/ansible.cfg`. Source: ansible lib/ansible/config/manager.py `find_ini_config_file`.
 * @param systemFile the last of them
 * @throws InputError it is no `.cfg` and no `.ini`
 */
export function findConfig(cwd: string, env: NodeJS.ProcessEnv, systemFile = '/etc/ansible/ansible.cfg'): FoundConfig {
  const expand = (path: string) => pathOf(path, { env, folder: cwd, cwd })
  const written = env['ANSIBLE_CONFIG']
  const named = written === undefined ? undefined : inFolder(expand(written))
  const isOpen = (statSync(cwd).mode & constants.S_IWOTH) !== 0
  const own = { file: 'ansible.cfg', path: join(cwd, 'ansible.cfg') }
  const others = [expand('~/.ansible.cfg'), systemFile].map(path => ({ file: path, path }))
  const places = [...(named === undefined ? [] : [{ file: named, path: named }]), ...(isOpen ? [] : [own]), ...others]
  const found = places.find(({ path }) => isReadable(path))
  const missed = named !== undefined && found?.file !== named
  if (found && !/^\.(cfg|ini)$/.test(extname(found.path)))
    throw new InputError(`the configuration file ${found.file} is neither .cfg nor .ini`, {
      next: 'Name an ansible.cfg in ANSIBLE_CONFIG; unset it to go without. Nothing was changed.',
    })
  return {
    ...(found ? { file: found.file } : {}),
    warnings: [
      ...(missed ? [`ANSIBLE_CONFIG names ${named}, which cannot be read; ${found ? `${found.file} counts` : 'there is no other'}`] : []),
      ...(isOpen && existsSync(own.path) && (named === undefined || missed)
        ? [`ansible.cfg of ${cwd} is not read: everybody may write into that folder; name it in ANSIBLE_CONFIG if it is to count`]
        : []),
    ],
  }
}

const inFolder = (path: string) => (statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, 'ansible.cfg') : path)

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
