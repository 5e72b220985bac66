import { describeNode, type YamlEntry, type YamlNode, type YamlSequence } from '../yaml.js'
import { errorAt } from '../error-at.js'
import { didYouMean } from '../suggest.js'
import { refuseInNode } from './templates.js'

/** One value of a playbook read as what its key needs. @throws InputError where the value stands, naming the key */
export type ReadNode<T> = (node: YamlNode, key: string) => T

/** A key without a value is as if it were not there, as in Ansible. */
export const filled = (entry: YamlEntry | undefined): YamlEntry | undefined =>
  entry?.value.kind === 'scalar' && entry.value.value === null ? undefined : entry

const wrong = (node: YamlNode, key: string, wanted: string) =>
  errorAt(node.origin, `\`${key}\` must be ${wanted}, not ${describeNode(node)}`)

/** A number is taken as it is written: a play may be named 2024. */
export const readText: ReadNode<string> = (node, key) => {
  refuseInNode(node)
  if (node.kind !== 'scalar' || node.value === null || typeof node.value === 'boolean' || node.raw.trim() === '')
    throw wrong(node, key, 'text')
  return node.raw
}

export const readBoolean: ReadNode<boolean> = (node, key) => {
  refuseInNode(node)
  const value = node.kind === 'scalar' ? asBoolean(node.value) : undefined
  if (value === undefined) throw wrong(node, key, 'true or false')
  return value
}

/** `undefined`: not a boolean. Ansible takes these words as well, quoted or not. */
export function asBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  const word = typeof value === 'string' ? value.toLowerCase() : undefined
  if (word === 'yes' || word === 'true' || word === 'on') return true
  return word === 'no' || word === 'false' || word === 'off' ? false : undefined
}

/** 0–100, with or without `%`. */
export const readPercentage: ReadNode<number> = (node, key) => {
  refuseInNode(node)
  const text = node.kind === 'scalar' ? /^(\d+(?:\.\d+)?)%?$/.exec(node.raw.trim())?.[1] : undefined
  if (text === undefined || Number(text) > 100) throw wrong(node, key, 'a percentage from 0 to 100')
  return Number(text)
}

export const readSerial: ReadNode<(number | string)[]> = (node, key) =>
  itemsOf(node).map(item => {
    refuseInNode(item)
    const text = item.kind === 'scalar' ? item.raw.trim() : ''
    if (/^-?\d+$/.test(text)) return Number(text)
    if (/^\d+(\.\d+)?%$/.test(text)) return text
    throw wrong(item, key, 'a number of hosts, a percentage such as "50%", or a list of these')
  })

/** Text or a list of texts. */
export const readTexts: ReadNode<string[]> = (node, key) => {
  const items = itemsOf(node)
  if (items.length === 0) throw wrong(node, key, 'text or a list of texts')
  return items.map(item => readText(item, key))
}

/** As `readTexts`, and one text may name several, separated by commas. */
export const readTags: ReadNode<string[]> = (node, key) =>
  itemsOf(node)
    .flatMap(item => readText(item, key).split(','))
    .map(tag => tag.trim())
    .filter(tag => tag !== '')

export const readChoice =
  <const T extends string>(choices: readonly T[]): ReadNode<T> =>
  (node, key) => {
    const text = readText(node, key)
    const choice = choices.find(one => one === text)
    if (choice !== undefined) return choice
    throw errorAt(node.origin, `\`${key}\` must be one of ${choices.join(', ')}${didYouMean(text, choices)}`)
  }

export function readList(node: YamlNode, key: string, wanted: string): YamlSequence {
  if (node.kind !== 'sequence') throw wrong(node, key, wanted)
  return node
}

const itemsOf = (node: YamlNode): readonly YamlNode[] => (node.kind === 'sequence' ? node.items : [node])
