import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describedKinds, type DescribedKind } from '../src/playbook/kind-docs.js'
import { parameterWords } from '../src/playbook/parameter-words.js'
import { tableOf } from './parameter-table.js'

export interface Page {
  /** below docs/ */
  name: string
  wanted: string
}

/** A page for each kind of task, and one that lists them; written from the schemas alone. */
export const kindPages = (): Page[] => [
  { name: 'resources/README.md', wanted: listPage(describedKinds()) },
  ...describedKinds().map(kind => ({ name: `resources/${kind.key}.md`, wanted: kindPage(kind) })),
]

const listPage = (kinds: readonly DescribedKind[]) => `# Kinds of tasks
Written by \`npm run docs\`; on a terminal: \`netplay docs KIND\`.

${tableOf(
  ['Kind', 'What'],
  kinds.map(({ key, summary }) => [`[${key}](${key}.md)`, summary]),
)}
`

const kindPage = ({ key, summary, schema, example }: DescribedKind) => `# ${key}
${summary}
\`\`\`yaml
${example}
\`\`\`
${tableOf(
  ['Parameter', 'Values', 'Without it', 'What'],
  parameterWords(schema).map(({ name, values, otherwise, description }) => [`\`${name}\``, values, otherwise, description]),
)}

In a role of your own: \`${camelCase(key)}(title, { … })\`, the parameters in camelCase ([writing a role](../writing-a-role.md)). All kinds: [list](README.md).
`

const camelCase = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** What a page holds now; '' where there is none. */
export const textOf = (name: string): Promise<string> => readFile(fileOf(name), 'utf8').catch(() => '')

/** @returns names of the pages that were not as wanted */
export async function writePages(pages: readonly Page[]): Promise<string[]> {
  const written: string[] = []
  for (const { name, wanted } of pages) {
    if ((await textOf(name)) === wanted) continue
    await mkdir(dirname(fileOf(name)), { recursive: true })
    await writeFile(fileOf(name), wanted)
    written.push(name)
  }
  return written
}
