import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InputError } from '../errors.js'
import { version } from '../version.js'
import { exitCodes, type ExitCode } from './exit-code.js'

// `init/` lies beside `src/` in the sources, and beside dist/ in the package.
const project = ['../../init', '../../../init'].map(path => fileURLToPath(new URL(path, import.meta.url))).find(existsSync)!

/**
 * `netplay init [FOLDER]`: a small project that works.
 * @param folder made when it is not there; default the working folder
 * @throws InputError when a file is there already, or cannot be written; nothing is overwritten
 */
export async function init(folder = '.'): Promise<ExitCode> {
  const dependsAlready = hasNetplay(join(folder, 'package.json'))
  const names = projectFiles().filter(name => !(dependsAlready && name === 'package.json'))
  refuseExisting(folder, names)
  try {
    for (const name of names) await copy(name, join(folder, name))
  } catch (error) {
    throw new InputError(`cannot write the project: ${(error as Error).message}`, {
      cause: error,
      next: 'Files that were written before this one are there. Give another folder.',
    })
  }
  process.stdout.write(`${names.map(name => `+ ${join(folder, name)}\n`).join('')}\n${nextSteps(folder)}`)
  return exitCodes.done
}

/** npm leaves a file `.gitignore` out of what it packs. */
const packedName = (name: string) => (name === '.gitignore' ? 'gitignore' : name)

function projectFiles(): string[] {
  const entries = readdirSync(project, { recursive: true, withFileTypes: true })
  const names = entries.filter(entry => entry.isFile()).map(entry => relative(project, join(entry.parentPath, entry.name)))
  return names.map(name => (name === 'gitignore' ? '.gitignore' : name)).sort()
}

/** `npm install netplay` in an empty folder leaves a package.json, which will do. */
function hasNetplay(file: string): boolean {
  try {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, object | undefined>
    return 'netplay' in { ...dependencies, ...devDependencies }
  } catch {
    return false
  }
}

function refuseExisting(folder: string, names: readonly string[]): void {
  const inTheWay = [...new Set(names.flatMap(name => obstacle(folder, name) ?? []))]
  if (inTheWay.length === 0) return
  throw new InputError(`${inTheWay.join(', ')} ${inTheWay.length === 1 ? 'is' : 'are'} there already; nothing was written`, {
    next: 'Give a folder that is empty or not there yet: netplay init FOLDER.',
  })
}

/** What stands where a file or one of its folders is to be. A link where a file is to be counts, wherever it leads. */
function obstacle(folder: string, name: string): string | undefined {
  const parts = name.split(sep)
  const folders = [folder, ...parts.slice(0, -1).map((_, i) => join(folder, ...parts.slice(0, i + 1)))]
  const file = join(folder, name)
  return folders.find(path => existsSync(path) && !statSync(path).isDirectory()) ?? (isThere(file) ? file : undefined)
}

function isThere(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

async function copy(name: string, to: string): Promise<void> {
  const text = await readFile(join(project, packedName(name)), 'utf8')
  await mkdir(dirname(to), { recursive: true })
  await writeFile(to, name === 'package.json' ? withVersion(text) : text, { flag: 'wx' })
}

const withVersion = (text: string) => text.replace('"dependencies": {}', `"dependencies": { "netplay": "^${version}" }`)

const nextSteps = (folder: string) => `Next:
  ${folder === '.' ? '' : `cd ${folder} && `}npm install
  npx netplay lint site.yml -i inventory/hosts.ini               mistakes, without asking any host
  put your hosts into inventory/hosts.ini, or name an inventory that you have with -i
  npx netplay site.yml -i inventory/hosts.ini --check --diff     what would change; nothing is written
`
