import type { Origin } from '../errors.js'
import type { Value, Variables } from '../inventory/model.js'
import { Secret } from '../secret.js'
import { describeNode, type YamlNode } from '../yaml.js'
import { errorAt } from '../error-at.js'
import { didYouMean } from '../suggest.js'
import { filled, readBoolean, readList, readText } from './read-node.js'

/** One variable of `vars_prompt`. */
export interface Question {
  name: string
  /** default: the name */
  prompt: string
  /** for an empty answer */
  default?: string
  /** typed without echo, and shown nowhere; default true */
  isPrivate: boolean
  /** typed twice; default false */
  confirms: boolean
  /** a `{{` in the answer is text; default false */
  isUnsafe: boolean
  /** of the name */
  origin: Origin
}

/** @returns what was typed, `''` for nothing. @throws InputError nobody can be asked */
export type AskVariable = (question: Question) => Promise<string>

const keys = ['name', 'prompt', 'default', 'private', 'confirm', 'unsafe'] as const
const hashing = ['encrypt', 'salt', 'salt_size']

/** `vars_prompt` of a play, templates evaluated. */
export const readQuestions = (node: YamlNode): Question[] => readList(node, 'vars_prompt', 'a list of variables').items.map(readQuestion)

function readQuestion(node: YamlNode): Question {
  if (node.kind !== 'mapping')
    throw errorAt(node.origin, `an entry of \`vars_prompt\` is a mapping with \`name\`, not ${describeNode(node)}`)
  for (const { key, keyOrigin, value } of node.entries) {
    if ((keys as readonly string[]).includes(key)) continue
    if (!hashing.includes(key)) throw errorAt(keyOrigin, `an entry of \`vars_prompt\` has no key "${key}"${didYouMean(key, keys)}`)
    if (value.kind !== 'scalar' || value.value !== null)
      throw errorAt(keyOrigin, `\`${key}\`: netplay does not hash what is typed`, {
        next: 'Leave it out, and give the hash itself, as `mkpasswd -m sha-512` or `openssl passwd -6` makes it. Nothing was changed.',
      })
  }
  const find = (key: (typeof keys)[number]) => filled(node.entries.find(entry => entry.key === key))?.value
  const [name, prompt, otherwise] = [find('name'), find('prompt'), find('default')]
  if (!name) throw errorAt(node.origin, 'this entry of `vars_prompt` does not say which variable', { next: 'Write `name: VARIABLE`.' })
  const flag = (key: 'private' | 'confirm' | 'unsafe', usual: boolean) => {
    const value = find(key)
    return value ? readBoolean(value, key) : usual
  }
  return {
    name: readName(name),
    prompt: prompt ? readText(prompt, 'prompt') : readName(name),
    ...(otherwise ? { default: readDefault(otherwise) } : {}),
    isPrivate: flag('private', true),
    confirms: flag('confirm', false),
    isUnsafe: flag('unsafe', false),
    origin: name.origin,
  }
}

function readName(node: YamlNode): string {
  const name = readText(node, 'name')
  if (/^[A-Za-z_]\w*$/.test(name)) return name
  throw errorAt(node.origin, `${JSON.stringify(name)} is not a name for a variable: letters, digits and _`)
}

/** As it is written: Ansible makes it text too. */
function readDefault(node: YamlNode): string {
  if (node.kind === 'scalar') return node.raw
  throw errorAt(node.origin, `\`default\` must be text, not ${describeNode(node)}`)
}

/**
 * The variables of the questions, texts all of them. What `-e` gives is not asked for.
 * @param ask default: nobody is asked, the defaults count, and without one the text is empty, as for `--list-tasks`
 */
export async function answered(questions: readonly Question[], extraVars: Variables, ask?: AskVariable): Promise<Map<string, Value>> {
  const answers = new Map<string, Value>()
  for (const question of questions) {
    if (extraVars.has(question.name)) continue
    const typed = ask === undefined ? '' : await ask(question)
    answers.set(question.name, valueOf(typed === '' ? (question.default ?? '') : typed, question))
  }
  return answers
}

function valueOf(text: string, { isPrivate, isUnsafe, origin }: Question): Value {
  if (isPrivate) return { value: new Secret(text), origin }
  const tag = isUnsafe ? { tag: '!unsafe' } : {}
  return { value: text, origin, node: { kind: 'scalar', origin, value: text, raw: text, plain: false, ...tag } }
}
