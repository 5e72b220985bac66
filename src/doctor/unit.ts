import { quoted, type Place, type TextFile } from './text-file.js'
import type { Evidence } from './cause.js'
import type { Snapshot } from './snapshot.js'
import { assigned, directivesOf, valueOf, wordsOf, type Directive, type Word } from './unit-text.js'

/** One variable that a unit's process gets. */
export interface EnvEntry {
  key: string
  value: string
  at: Place
  /** from an EnvironmentFile, not from the unit itself */
  isFromFile: boolean
}

/** A service of a host: what its files say, and what systemd knows of it. */
export interface Unit {
  name: string
  properties: Record<string, string>
  directives: Directive[]
  /** what it runs, the program first */
  command: Word[]
  env: EnvEntry[]
  /** enabled, or running or trying to: what lies about unused harms nobody */
  isUsed: boolean
  /** enabled, started, and neither dead nor failed */
  isActive: boolean
}

export function unitsOf({ units, texts }: Snapshot): Unit[] {
  return [...units].flatMap(([name, properties]) => {
    const paths = [properties['FragmentPath'] ?? '', ...(properties['DropInPaths'] ?? '').split(' ')].filter(Boolean)
    const files = paths.flatMap(path => texts.get(path) ?? [])
    return files.length === 0 ? [] : [unitOf(name, properties, files, texts)]
  })
}

function unitOf(name: string, properties: Record<string, string>, files: TextFile[], texts: ReadonlyMap<string, TextFile>): Unit {
  const directives = files.flatMap(directivesOf)
  const env = envOf(directives, texts)
  const value = (key: string) => env.findLast(entry => entry.key === key)?.value ?? ''
  const [run] = assigned(directives, 'Service', 'ExecStart')
  const command = run === undefined ? [] : wordsOf(run, value)
  if (command[0] !== undefined) command[0] = { ...command[0], text: command[0].text.replace(/^[-@:+!]+/, '') }
  const state = properties['ActiveState'] ?? ''
  const isEnabled = /^(enabled|enabled-runtime|linked|alias)$/.test(properties['UnitFileState'] ?? '')
  return {
    name,
    properties,
    directives,
    command,
    env,
    isUsed: isEnabled || !['inactive', ''].includes(state),
    isActive: ['active', 'reloading'].includes(state),
  }
}

/** Later ones win; files win over Environment=. Source: systemd.exec(5). */
function envOf(directives: readonly Directive[], texts: ReadonlyMap<string, TextFile>): EnvEntry[] {
  const own = assigned(directives, 'Service', 'Environment').flatMap(directive =>
    wordsOf(directive).flatMap(({ text, at }): EnvEntry[] => {
      const [, key, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? []
      return key === undefined ? [] : [{ key, value: value ?? '', at, isFromFile: false }]
    }),
  )
  const files = assigned(directives, 'Service', 'EnvironmentFile').map(directive =>
    valueOf(directive).replace(/^-/, '').replace(/["']/g, ''),
  )
  return [...own, ...files.flatMap(path => envFile(texts.get(path)))]
}

/** `KEY=value`, quoted or not; comments begin with # or ;. Source: systemd.exec(5), EnvironmentFile=. */
export const envFile = (file: TextFile | undefined): EnvEntry[] =>
  (file?.lines ?? []).flatMap((line, index): EnvEntry[] => {
    const [, key, value = ''] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? []
    if (key === undefined) return []
    const [, , inside = value.trim()] = /^\s*(["'])(.*)\1\s*$/.exec(value) ?? []
    return [{ key, value: inside, at: { file: file!.path, line: index + 1 }, isFromFile: true }]
  })

/** The line of a directive, quoted; undefined: the unit does not say it. */
export function saidIn({ directives }: Unit, section: string, key: string, pattern: RegExp = /./): Evidence | undefined {
  const directive = assigned(directives, section, key).findLast(each => pattern.test(valueOf(each)))
  return directive === undefined ? undefined : quoted(`${key}=${valueOf(directive)}`, directive.pieces[0]!.at)
}

/** Where the unit begins, for what it does not say. */
export const unitPlace = ({ name, properties }: Unit): string => properties['FragmentPath'] || name
