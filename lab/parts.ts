import { createHash } from 'node:crypto'
import { access, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { must } from './command.js'
import { flannelWithoutC } from './flannel-source.js'
import { findGo, type GoToolchain } from './go-toolchain.js'
import { givenFolder, givenParts } from './given-parts.js'
import { withLock } from './lock.js'
import type { Say } from './model.js'
import { builds, type Build } from './part-list.js'
import { listSources, partsSource, readGoMod, type GoMod } from './parts-source.js'
import { stateFolder } from './state.js'

/** Paths of the binaries that lab hosts run. What each one is: lab/parts/README.md. */
export interface Parts {
  folder: string
  /** The real flanneld v0.28.10, etcd v3. */
  flanneld: string
  /** Stand-in for flanneld v0.17.0, etcd v2 (or a real one that was given). */
  flanneldClassic: string
  /** Stand-in for flannel's CNI plugin: goes to /opt/cni/bin/flannel. */
  flannelCni: string
  cnitool: string
  podping: string
}

/**
 * The lab's parts, built if this version of them has not been built on this machine.
 * A first build takes one to three minutes on two cores; afterwards this takes a fraction of a second.
 * @param say gets a line before anything that takes long; default: standard error
 * @throws {LabError} there is no Go toolchain and none can be had, or a build fails
 */
export async function labParts(say: Say = sayOnStderr): Promise<Parts> {
  const given = await givenParts()
  if (builds.every(({ name }) => given.has(name))) return partsIn(givenFolder())
  const goMod = await readGoMod()
  const go = await findGo(goMod.go, stateFolder(), say)
  const folder = join(stateFolder(), 'parts', await partsKey(go, given))
  if (await exists(folder)) return partsIn(folder)
  return withLock(
    'parts',
    async () => {
      if (!(await exists(folder))) await buildAll(folder, go, goMod, given, say)
      return partsIn(folder)
    },
    say,
  )
}

/** The folder that `labParts` fills, built or not: its name is made of all sources, the Go version and what was given. */
async function partsKey(go: GoToolchain, given: ReadonlyMap<string, string>): Promise<string> {
  const hash = createHash('sha256').update(`${go.version}\0${recipe}\0${JSON.stringify(builds)}\0`)
  for (const { path, bytes } of await listSources()) hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  for (const [name, digest] of given) hash.update(`${name}\0${digest}\0`)
  return hash.digest('hex').slice(0, 16)
}

// Built beside its place and renamed: a build that was killed leaves nothing that looks complete.
async function buildAll(folder: string, go: GoToolchain, goMod: GoMod, given: ReadonlyMap<string, string>, say: Say) {
  const [half, scratch] = [`${folder}.${process.pid}.building`, `${folder}.${process.pid}.scratch`]
  await dropHalfBuilt(dirname(folder))
  await mkdir(half, { recursive: true })
  await mkdir(scratch)
  try {
    say("fetching the sources of the lab's parts")
    const modfile = await flannelWithoutC(go.path, goEnvironment, scratch)
    for (const build of builds) {
      if (given.has(build.name)) await copyFile(join(givenFolder(), build.name), join(half, build.name))
      else await buildOne(build, join(half, build.name), go, modfile, goMod, say)
    }
    await rename(half, folder)
  } finally {
    await rm(half, { recursive: true, force: true })
    await rm(scratch, { recursive: true, force: true })
  }
}

// Left by a build that was killed: we hold the lock, so nobody is at them.
async function dropHalfBuilt(folder: string) {
  const left = (await readdir(folder).catch(() => [])).filter(name => /\.(building|scratch)$/.test(name))
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true })
}

async function buildOne(build: Build, output: string, go: GoToolchain, modfile: string, goMod: GoMod, say: Say) {
  const version = goMod.versions.get(build.from)
  const slow = build.name === 'flanneld' ? ', about 2 minutes the first time' : ''
  say(`building ${build.name}${version ? ` ${version}` : ''}${slow}`)
  const stamp = 'versionAt' in build ? ` -X ${build.versionAt}=${version}` : ''
  const argv = [go.path, 'build', ...buildFlags, `-modfile=${modfile}`, '-ldflags', `-s -w${stamp}`, '-o', output, build.from]
  await must(argv, { cwd: partsSource(), env: goEnvironment })
}

/** Part of the cache's key: raise it when the way of building changes. */
const recipe = 1

// readonly: a build must not edit go.mod behind our back.
const buildFlags = ['-mod=readonly', '-buildvcs=false', '-trimpath']

// Static, so that the binaries run on any host; with the toolchain we chose and none of the user's own Go settings.
const goEnvironment = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local', GOWORK: 'off' }

const partsIn = (folder: string): Parts => ({
  folder,
  flanneld: join(folder, 'flanneld'),
  flanneldClassic: join(folder, 'flanneld-classic-standin'),
  flannelCni: join(folder, 'flannel-cni-standin'),
  cnitool: join(folder, 'cnitool'),
  podping: join(folder, 'podping'),
})

const sayOnStderr = (line: string) => void process.stderr.write(`${line}\n`)

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
