import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forgetGivenParts, giveAllParts, giveFlanneld, givenParts } from '../../lab/given-parts.js'
import { atLeast } from '../../lab/go-toolchain.js'
import { partNames } from '../../lab/part-list.js'
import { listSources, parseGoMod, readGoMod } from '../../lab/parts-source.js'
import { labParts } from '../../lab/parts.js'

test('the Go version and the required versions are read from go.mod', () => {
  const goMod = parseGoMod('module x\n\ngo 1.26.0\n\ntool a.b/c\n\nrequire a.b/c v1.2.3\n\nrequire (\n\td.e/f v0.1.0 // indirect\n)\n')
  expect(goMod.go).toBe('1.26.0')
  expect([...goMod.versions]).toEqual([
    ['a.b/c', 'v1.2.3'],
    ['d.e/f', 'v0.1.0'],
  ])
})

test('the parts name the flanneld that netplay is made for', async () => {
  expect((await readGoMod()).versions.get('github.com/flannel-io/flannel')).toBe('v0.28.10')
})

test('a build depends on go.mod, go.sum and all sources, the stub included, and on no test', async () => {
  const paths = (await listSources()).map(({ path }) => path)
  expect(paths).toEqual(expect.arrayContaining(['go.mod', 'go.sum', 'podping/main.go', 'stubs/tencent-vpc/v20170312/client.go']))
  expect(paths.filter(path => path.endsWith('_test.go'))).toEqual([])
})

test.each([
  ['go1.26.8', '1.26.0', true],
  ['go1.26', '1.26.0', true],
  ['go1.27rc1', '1.26.0', true],
  ['go1.25.9', '1.26.0', false],
  ['go1.9', '1.26.0', false],
  ['go2.0', '1.26.5', true],
  ['go1.26.4', '1.26.5', false],
  ['devel +abc', '1.26.0', true],
])('%s is at least %s: %s', (version, needs, expected) => {
  expect(atLeast(version, needs)).toBe(expected)
})

describe('parts that were given', () => {
  let folder = ''
  const before = process.env.NETPLAY_LAB_DIR

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'netplay-parts-'))
    process.env.NETPLAY_LAB_DIR = join(folder, 'lab')
  })

  afterEach(async () => {
    if (before === undefined) delete process.env.NETPLAY_LAB_DIR
    else process.env.NETPLAY_LAB_DIR = before
    await rm(folder, { recursive: true })
  })

  const program = async (name: string, version: string) => {
    const path = join(folder, name)
    await writeFile(path, `#!/bin/sh\necho ${version} >&2\n`, { mode: 0o755 })
    return path
  }

  test.each([
    ['v0.17.0', 'flanneld-classic-standin'],
    ['v0.9.1', 'flanneld-classic-standin'],
    ['v0.18.0', 'flanneld'],
    ['v0.28.10', 'flanneld'],
    ['v1.0.0', 'flanneld'],
  ])('a flanneld %s takes the place of %s', async (version, name) => {
    expect(await giveFlanneld(await program('mine', version))).toBe(version)
    expect([...(await givenParts()).keys()]).toEqual([name])
    expect(await readFile(join(folder, 'lab/parts/given', name), 'utf8')).toContain(version)
  })

  test('what tells no version is no flanneld', async () => {
    await expect(giveFlanneld(await program('mine', 'hello'))).rejects.toThrow('tells no version: hello')
    expect((await givenParts()).size).toBe(0)
  })

  test('a folder with a part missing is refused whole, and the missing one is named', async () => {
    const missing = partNames.at(-1)!
    for (const name of partNames.slice(0, -1)) await program(name, 'v1')
    await expect(giveAllParts(folder)).rejects.toThrow(`lacks ${missing}`)
    expect((await givenParts()).size).toBe(0)
  })

  test('with all parts given nothing is built, and no Go is looked for', async () => {
    for (const name of partNames) await program(name, 'v1')
    await giveAllParts(folder)
    const said: string[] = []
    const parts = await labParts(line => said.push(line))
    expect(said).toEqual([])
    expect((await readdir(parts.folder)).sort()).toEqual([...partNames].sort())
    await forgetGivenParts()
    expect((await givenParts()).size).toBe(0)
  })
})
