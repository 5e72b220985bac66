import { quote } from '../shell.js'
import { prelude } from './prelude.js'

/** A function of the prelude, with the names in its text; or lines between functions, which every script gets. */
interface Part {
  name?: string
  text: string
  names: string[]
}

/**
 * Of the prelude, what a text names, and what that names in turn. A host's shell reads a script from its first byte to its last: what is not
 * there costs neither the host nor the line.
 */
export function preludeFor(script: string): string {
  const names = namesIn(script)
  const key = names.join(' ')
  const known = made.get(key)
  if (known !== undefined) return known
  const needed = new Set<string>()
  const need = (name: string) => {
    if (needed.has(name)) return
    needed.add(name)
    functions.get(name)?.names.forEach(need)
  }
  names.forEach(need)
  for (const { name, names: used } of parts) if (name === undefined) used.forEach(need)
  const found = parts.filter(({ name }) => name === undefined || needed.has(name))
  const functionsText = found.map(part => part.text).join('\n')
  // What goes down to another user finds there what the script itself has.
  const text = needed.has('np_as') ? `${functionsText}\nnp_carried=${quote(functionsText)}` : functionsText
  made.set(key, text)
  return text
}

/** A function begins with `np_name() {` and ends with a line `}`, or on its first line. */
export function partsOf(text: string): Part[] {
  const found: Part[] = []
  let isInside = false
  for (const line of text.split('\n')) {
    const name: string | undefined = isInside ? undefined : /^(np_\w+)\(\) \{/.exec(line)?.[1]
    if (isInside) found.at(-1)!.text += `\n${line}`
    else found.push({ name, text: line, names: [] })
    isInside = name === undefined ? isInside && line !== '}' : !line.endsWith('}')
  }
  return found
}

const namesIn = (text: string): string[] => [...new Set(text.match(/\bnp_\w+/g))].filter(name => functions.has(name)).sort()

const parts = partsOf(prelude)
const functions = new Map(parts.flatMap(part => (part.name === undefined ? [] : [[part.name, part]])))
for (const part of parts) part.names = namesIn(part.text)
const made = new Map<string, string>()
