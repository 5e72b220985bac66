import type { ShellText } from '../shell.js'
import { sh } from '../shell.js'
import { markOf, sha256, storeNameOf } from './path-key.js'

/** A small configuration file that a kind keeps beside a live value, as `np_small` tells of it. */
export interface SmallFile {
  /** `nowhere`: not even its folder is there; `other`: something that is no plain file */
  type: 'text' | 'absent' | 'nowhere' | 'other'
  text?: string
  /** a killed run left its temporary file beside it */
  leftover?: true
}

/** The lines of `np_small`; undefined when they are something else. @param wanted the text that was asked about */
export function parseSmallFile(lines: readonly string[], wanted: string): SmallFile | undefined {
  const word = lines.find(line => line.startsWith('file '))?.slice('file '.length)
  if (word === undefined) return undefined
  const leftover = lines.includes('leftover') ? { leftover: true as const } : {}
  if (word === 'same') return { type: 'text', text: wanted, ...leftover }
  if (word === 'absent' || word === 'nowhere' || word === 'other') return { type: word, ...leftover }
  return { type: 'text', text: Buffer.from(word, 'base64').toString(), ...leftover }
}

/** Equal to what `np_small_digest` finds. */
export const smallFileWord = ({ type, text }: SmallFile): string =>
  type === 'text' ? sha256(text ?? '') : type === 'nowhere' ? 'absent' : type

export const isSmallFile = (file: SmallFile, text: string): boolean => file.type === 'text' && file.text === text && !file.leftover

/** The content is told only where it is not `wanted`. */
export const smallFileQuestion = (path: string, wanted: string): [string, string, string] => [path, markOf(path), sha256(wanted)]
export const putSmallFile = (path: string, text: string): ShellText => sh`np_small_put ${path} ${markOf(path)} ${text}`
export const saveSmallFile = (path: string, first: SmallFile): ShellText | undefined =>
  first.type === 'text' || first.type === 'other' ? sh`np_save ${path} ${storeNameOf(path)}` : undefined
export const restoreSmallFile = (path: string, first: SmallFile): ShellText =>
  sh`np_small_back ${path} ${markOf(path)} ${storeNameOf(path)} ${first.type === 'absent' || first.type === 'nowhere' ? first.type : 'kept'}`
