import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { textOf, type Page } from './kind-pages.js'

/** Pages that show whole files of the tree, each below a line `<!-- file: PATH -->`. */
const names = ['from-ansible.md']

export const pagesWithFiles = (): Promise<Page[]> =>
  Promise.all(names.map(async name => ({ name, wanted: await withFiles(await textOf(name)) })))

/** The page with each block below such a line made anew; everything else stays as it is. @throws Error a file is not there */
export async function withFiles(page: string): Promise<string> {
  const parts = page.split(/^(<!-- file: \S+ -->\n)(?:```\w*\n[\s\S]*?^```\n)?/m)
  const made = parts.map(async part => {
    const [, path] = /^<!-- file: (\S+) -->\n$/.exec(part) ?? []
    return path === undefined ? part : `${part}\`\`\`${languageOf(path)}\n${await readFile(fileOf(path), 'utf8')}\`\`\`\n`
  })
  return (await Promise.all(made)).join('')
}

const fileOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const languageOf = (path: string) => ({ '.ts': 'ts', '.yml': 'yaml' })[extname(path)] ?? ''
