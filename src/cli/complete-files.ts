import { readdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Files and folders whose path begins so; folders end with `/`.
 * @param start as typed, `~/` too
 * @param wanted names of files that count; default: all
 */
export function fileCandidates(start: string, wanted = /(?:)/): { value: string }[] {
  const folder = start.slice(0, start.lastIndexOf('/') + 1)
  const begun = start.slice(folder.length)
  const names = listed(folder.replace(/^~\//, `${homedir()}/`))
  return names
    .filter(name => name.startsWith(begun) && (begun.startsWith('.') || !name.startsWith('.')))
    .filter(name => name.endsWith('/') || wanted.test(name))
    .map(name => ({ value: folder + name }))
}

function listed(folder: string): string[] {
  try {
    const names = readdirSync(folder || '.').sort()
    return names.map(name => (statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() ? `${name}/` : name))
  } catch {
    return []
  }
}
