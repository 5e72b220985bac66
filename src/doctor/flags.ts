import { quoted, type Place } from './text-file.js'
import type { Evidence } from './cause.js'
import type { EnvEntry } from './unit.js'
import type { Word } from './unit-text.js'

/** A setting as a daemon was given it. */
export interface Setting {
  value: string
  /** as written */
  text: string
  at: Place
}

export type Flags = ReadonlyMap<string, Setting[]>

/**
 * Options of a Go program: `-x=v`, `--x v`; those of `switches` take no word after them.
 * @param words without the program's own name
 */
export function flagsOf(words: readonly Word[], switches: ReadonlySet<string>): Flags {
  const flags = new Map<string, Setting[]>()
  for (let i = 0; i < words.length; i++) {
    const { text, raw, at } = words[i]!
    const [, name, , inline] = /^--?([A-Za-z][A-Za-z0-9-]*)(=(.*))?$/s.exec(text) ?? []
    if (name === undefined) continue
    const follows = inline === undefined && !switches.has(name) ? words[++i] : undefined
    const value = inline ?? follows?.text ?? 'true'
    flags.set(name, [...(flags.get(name) ?? []), { value, text: follows === undefined ? raw : `${raw} ${follows.raw}`, at }])
  }
  return flags
}

export const evidenceOf = ({ text, at }: Setting): Evidence => quoted(text, at)
export const settingOf = ({ key, value, at }: EnvEntry): Setting => ({ value, text: `${key}=${value}`, at })
