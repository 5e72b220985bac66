import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type ts from 'typescript'
import { ownRoleDirs, roleNames } from '../playbook/find-role.js'
import type { Problems } from './lint-problems.js'

type TypeScript = typeof ts

/**
 * The types of the admin's own roles, by the TypeScript of his project and its tsconfig.json, where there is one.
 * @param playbookDirs folders of the playbooks
 * @param rolesPath folders of roles besides those that lie beside playbooks
 * @returns how many roles there are
 */
export async function checkRoleTypes(playbookDirs: readonly string[], problems: Problems, rolesPath?: readonly string[]): Promise<number> {
  const dirs = [...new Set(playbookDirs.flatMap(dir => ownRoleDirs(resolve(dir), rolesPath)))]
  const roles = dirs.flatMap(dir => roleNames(dir).map(name => join(dir, name)))
  const files = roles.flatMap(role => readdirSync(role).flatMap(name => (/^role\.m?ts$/.test(name) ? [join(role, name)] : [])))
  for (const dir of dirs) {
    const own = files.filter(file => file.startsWith(`${dir}${sep}`))
    if (own.length > 0) await checkTypes(dir, own, problems)
  }
  return roles.length
}

async function checkTypes(dir: string, files: string[], problems: Problems): Promise<void> {
  // A folder of roles that many projects share has none of its own.
  const typescript = (await typescriptOf(dir)) ?? (await typescriptOf(process.cwd()))
  if (typescript === undefined) {
    const message = `the types of ${files.length} ${files.length === 1 ? 'role' : 'roles'} in ${shown(dir)} were not checked: there is no TypeScript here`
    return problems.add({ severity: 'warning', line: 0, column: 0, message, next: 'npm install --save-dev typescript' })
  }
  const { options, errors } = optionsOf(typescript, dir)
  const program = typescript.createProgram(files, options)
  for (const diagnostic of [...errors, ...program.getOptionsDiagnostics(), ...ownDiagnostics(program)])
    add(typescript, diagnostic, problems)
}

/** As an import in the folder would find it. */
async function typescriptOf(dir: string): Promise<TypeScript | undefined> {
  try {
    const file = createRequire(join(dir, 'role.js')).resolve('typescript')
    const { default: found } = (await import(pathToFileURL(file).href)) as { default?: TypeScript }
    return typeof found?.createProgram === 'function' ? found : undefined
  } catch {
    return undefined
  }
}

function optionsOf(typescript: TypeScript, dir: string): { options: ts.CompilerOptions; errors: readonly ts.Diagnostic[] } {
  const file = typescript.findConfigFile(dir, path => typescript.sys.fileExists(path))
  const host = { ...typescript.sys, onUnRecoverableConfigFileDiagnostic: () => undefined }
  const parsed = file === undefined ? undefined : typescript.getParsedCommandLineOfConfigFile(file, {}, host)
  const { ESNext } = typescript.ModuleKind
  const plain: ts.CompilerOptions = {
    strict: true,
    target: typescript.ScriptTarget.ES2022,
    module: ESNext,
    moduleResolution: typescript.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
  }
  const given = parsed?.options ?? plain
  // The running copy, as when a role is loaded, wherever the folder has another or none.
  const options = { ...given, noEmit: true, composite: false, incremental: false, paths: { ...given.paths, netplay: [ownTypes] } }
  // A list of files that is empty, or lacks a role, is no matter: files are named here.
  return { options, errors: (parsed?.errors ?? []).filter(({ code }) => code !== 18002 && code !== 18003) }
}

// `index` lies in src/: one folder above this file in the sources, and in dist/.
const here = fileURLToPath(import.meta.url)
const ownTypes = resolve(dirname(here), extname(here) === '.ts' ? '../index.ts' : '../index.d.ts')
const ownFolder = `${dirname(ownTypes)}${sep}`

/** Of the role and of what it imports of the admin's; netplay's files are as they are. */
function ownDiagnostics(program: ts.Program): readonly ts.Diagnostic[] {
  const own = program
    .getSourceFiles()
    .filter(({ fileName, isDeclarationFile }) => !isDeclarationFile && !resolve(fileName).startsWith(ownFolder))
  return own.flatMap(file => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
}

function add(typescript: TypeScript, { file, start, messageText, code }: ts.Diagnostic, problems: Problems): void {
  const message = `${typescript.flattenDiagnosticMessageText(messageText, '\n    ')} (TS${code})`
  if (file === undefined || start === undefined) return problems.add({ severity: 'mistake', line: 0, column: 0, message })
  const { line, character } = file.getLineAndCharacterOfPosition(start)
  const excerpt = file.text.split(/\r?\n/)[line]!.replaceAll('\t', ' ')
  problems.add({ severity: 'mistake', file: shown(file.fileName), line: line + 1, column: character + 1, message, excerpt })
}

/** As an admin would type it. */
function shown(path: string): string {
  const near = relative(process.cwd(), path)
  return near === '' || near.startsWith('..') || !existsSync(near) ? path : near
}
