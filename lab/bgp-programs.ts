import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { must } from './command.js'
import { findGo } from './go-toolchain.js'
import { withLock } from './lock.js'
import type { Say } from './model.js'
import { listSourcesIn, parseGoMod, partsSource } from './parts-source.js'
import { stateFolder } from './state.js'

/** A module of its own, without flannel's hundred requirements: it builds in seconds. */
export const bgpSource = (): string => join(partsSource(), 'bgp')

/** How each binary is made: its package, and what to link into it. */
const builds = [
  { name: 'calicoctl-standin', from: './calicoctl-standin' },
  { name: 'calicoctl-v1-standin', from: './calicoctl-standin', linked: '-X main.generation=v1' },
  { name: 'calico-node-standin', from: './calico-node-standin' },
  { name: 'calico-cni-standin', from: './calico-cni-standin' },
  { name: 'calico-ipam-standin', from: './calico-ipam-standin' },
]

/**
 * The programs that stand in for calico's, built if this version of them has not been built on this machine.
 * @returns the folder they are in; its name is a digest of all sources and the Go version
 * @throws {LabError} there is no Go toolchain and none can be had, or a build fails
 */
export async function labBgpPrograms(say: Say): Promise<string> {
  const goMod = parseGoMod(await readFile(join(bgpSource(), 'go.mod'), 'utf8'))
  const go = await findGo(goMod.go, stateFolder(), say)
  const hash = createHash('sha256').update(JSON.stringify([go.version, flags, builds]))
  for (const { path, bytes } of await listSourcesIn(bgpSource())) hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  const folder = join(stateFolder(), 'parts', `bgp-programs-${hash.digest('hex').slice(0, 16)}`)
  await builtOnce(folder, say, async half => {
    for (const { name, from, linked } of builds) {
      say(`building ${name}`)
      const argv = [go.path, 'build', ...flags, '-ldflags', `-s -w ${linked ?? ''}`, '-o', join(half, name), from]
      await must(argv, { cwd: bgpSource(), env })
    }
  })
  return folder
}

/** Fill a folder once on this machine, beside its place and renamed: a build that was killed leaves nothing that looks complete. */
export async function builtOnce(folder: string, say: Say, fill: (half: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return
  await withLock(
    'bgp-parts',
    async () => {
      if (existsSync(folder)) return
      await dropHalfBuilt(dirname(folder))
      const half = `${folder}.${process.pid}.half`
      await mkdir(half, { recursive: true })
      try {
        await fill(half)
        await rename(half, folder)
      } finally {
        await rm(half, { recursive: true, force: true })
      }
    },
    say,
  )
}

// Left by a build that was killed: we hold the lock, so nobody is at them.
async function dropHalfBuilt(folder: string): Promise<void> {
  const left = (await readdir(folder).catch(() => [] as string[])).filter(name => /^bgp-.*\.half$/.test(name))
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true })
}

// readonly: a build must not edit go.mod behind our back.
const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath']

// Static, so that the binaries run on any host; with the toolchain we chose and none of the user's own Go settings.
const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local', GOWORK: 'off' }
