import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

const root = process.cwd()

interface Link {
  page: string
  /** path from the root of the tree */
  target: string
  anchor: string | undefined
}

async function linksOf(page: string): Promise<Link[]> {
  const text = (await readFile(join(root, page), 'utf8')).replace(/```[\s\S]*?```/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, to = '']) => {
    if (/^[a-z]+:/.test(to)) return []
    const [path = '', anchor] = to.split('#')
    return [{ page, target: path === '' ? page : relative(root, join(root, dirname(page), path)), anchor }]
  })
}

const pages: string[] = []
const links: Link[] = []
beforeAll(async () => {
  for (const name of await readdir(root)) if (name.endsWith('.md')) pages.push(name)
  for (const folder of ['docs', 'lab', 'inventory', 'playbooks', 'bench'])
    for (const name of await readdir(join(root, folder), { recursive: true })) if (name.endsWith('.md')) pages.push(join(folder, name))
  for (const page of pages) links.push(...(await linksOf(page)))
})

test('every relative link of a page leads to a file', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/safety.md']))
  expect(links.length).toBeGreaterThan(10)
  expect(links.filter(({ target }) => !existsSync(join(root, target))).map(({ page, target }) => `${page} → ${target}`)).toEqual([])
})

test('an anchor is a heading of its page', async () => {
  for (const { page, target, anchor } of links.filter(link => link.anchor !== undefined)) {
    const headings = (await readFile(join(root, target), 'utf8')).match(/^#+ .*/gm) ?? []
    expect([page, target, headings.map(slugOf)]).toEqual([page, target, expect.arrayContaining([anchor])])
  }
})

test('what a page of the package links to is in the package', async () => {
  const { files } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { files: string[] }
  const isPacked = (path: string) => files.some(entry => path === entry || path.startsWith(`${entry}/`))
  expect(links.filter(({ page, target }) => isPacked(page) && !isPacked(target)).map(({ page, target }) => `${page} → ${target}`)).toEqual(
    [],
  )
  expect(['LICENSE', 'CONTRIBUTING.md'].filter(path => !isPacked(path))).toEqual([])
})

/** As GitHub makes it of a heading. */
const slugOf = (heading: string) =>
  heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
