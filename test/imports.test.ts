import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What a folder of src may import besides itself and the files directly in src/. */
const allowed: Record<string, string[]> = {
  vault: [],
  inventory: [],
  templates: ['inventory'],
  transport: ['inventory'],
  facts: ['inventory', 'transport'],
  resources: ['inventory', 'transport', 'facts'],
  playbook: ['inventory', 'templates', 'transport', 'facts', 'resources'],
  plan: ['inventory', 'templates', 'transport', 'facts', 'resources', 'playbook'],
  apply: ['inventory', 'templates', 'transport', 'facts', 'resources', 'playbook', 'plan'],
  verify: ['inventory', 'templates', 'transport', 'facts', 'resources', 'playbook', 'plan', 'apply'],
  doctor: ['inventory', 'templates', 'transport', 'facts', 'resources', 'playbook', 'plan', 'apply'],
  settings: [],
  journal: [],
  report: [],
}

async function importsUnder(folder: string): Promise<{ file: string; to: string }[]> {
  const names = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.ts'))
  const found = await Promise.all(
    names.map(async name => {
      const text = await readFile(join(folder, name), 'utf8')
      return [...text.matchAll(/^(?:import\b|export\b[^'\n]*\bfrom\b|\} from\b)[^'\n]*'([^'\s]+)'|\bimport\('([^'\s]+)'\)/gm)]
        .map(([, still, lazy]) => still ?? lazy ?? '')
        .map(to => ({
          file: join(folder, name),
          to: to.startsWith('.') ? join(dirname(join(folder, name)), to) : to,
        }))
    }),
  )
  return found.flat()
}

const told = ({ file, to }: { file: string; to: string }) => `${file} imports ${to}`

test.each(Object.entries(allowed))('src/%s imports nothing that comes after it', async (folder, others) => {
  const fine = [folder, ...others].map(name => `src/${name}/`)
  const imports = await importsUnder(`src/${folder}`)
  expect(imports.length).toBeGreaterThan(0)
  const inside = imports.filter(({ to }) => /^(src\/[^/]+|roles|lab|test|bench|docs)\//.test(to))
  expect(inside.filter(({ to }) => !fine.some(start => to.startsWith(start))).map(told)).toEqual([])
})

test('no folder of src is without a place in the order', async () => {
  const folders = (await readdir('src', { withFileTypes: true })).filter(entry => entry.isDirectory()).map(({ name }) => name)
  expect(folders.filter(name => name !== 'cli' && !(name in allowed))).toEqual([])
})

test('files directly in src/, but for the public API, import no folder', async () => {
  const imports = (await importsUnder('src')).filter(({ file }) => dirname(file) === 'src' && file !== 'src/index.ts')
  expect(imports.filter(({ to }) => /^src\/[^/]+\//.test(to)).map(told)).toEqual([])
})

test('roles import netplay, their neighbours and what comes with Node', async () => {
  const imports = await importsUnder('roles')
  expect(imports.filter(({ to }) => to !== 'netplay' && !to.startsWith('roles/') && !to.startsWith('node:')).map(told)).toEqual([])
})
