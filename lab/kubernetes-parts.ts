import { createHash } from 'node:crypto'
import { access, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { must } from './command.js'
import { findGo } from './go-toolchain.js'
import { withLock } from './lock.js'
import type { Say } from './model.js'
import { parseGoMod, partsSource } from './parts-source.js'
import { stateFolder } from './state.js'

/** Kubernetes' own programs that the lab needs: a proxy, and what it asks about Services. Nothing stands in for anything here. */
export interface KubernetesParts {
  folder: string
  kubeProxy: string
  kubeApiserver: string
  /** E.g. `v1.34.4`. */
  version: string
}

const programs = ['kube-proxy', 'kube-apiserver'] as const

/** A module of its own: what these programs require and what flannel requires cannot be had in one. */
export const kubernetesSource = (): string => join(partsSource(), 'kubernetes')

/**
 * The lab's kube-proxy and kube-apiserver, built from Kubernetes' sources if this version of them has not been built on this machine.
 * Nobody but who asks for them waits for them: a first build takes five minutes or more on two cores, afterwards this takes no time.
 * @param say gets a line before anything that takes long; default: standard error
 * @throws {LabError} there is no Go toolchain and none can be had, or a build fails
 */
export async function labKubernetesParts(say: Say = line => void process.stderr.write(`${line}\n`)): Promise<KubernetesParts> {
  const texts = await Promise.all(['go.mod', 'go.sum'].map(name => readFile(join(kubernetesSource(), name), 'utf8')))
  const goMod = parseGoMod(texts[0]!)
  const version = goMod.versions.get('k8s.io/kubernetes')!
  const go = await findGo(goMod.go, stateFolder(), say)
  const key = createHash('sha256')
    .update([go.version, ...flags, ...texts].join('\0'))
    .digest('hex')
  const folder = join(stateFolder(), 'parts', `kubernetes-${key.slice(0, 16)}`)
  if (!(await exists(folder))) await withLock('kubernetes-parts', () => build(folder, go.path, version, say), say)
  return { folder, version, kubeProxy: join(folder, 'kube-proxy'), kubeApiserver: join(folder, 'kube-apiserver') }
}

/** Built beside its place and renamed: a build that was killed leaves nothing that looks complete. */
async function build(folder: string, goCommand: string, version: string, say: Say): Promise<void> {
  if (await exists(folder)) return
  await dropHalfBuilt(dirname(folder))
  const half = `${folder}.${process.pid}.half`
  await mkdir(half, { recursive: true })
  try {
    for (const program of programs) {
      say(`building ${program} ${version}, about 3 minutes the first time`)
      const linked = `-s -w -X k8s.io/component-base/version.gitVersion=${version}`
      const argv = [goCommand, 'build', ...flags, '-ldflags', linked, '-o', join(half, program), `k8s.io/kubernetes/cmd/${program}`]
      await must(argv, { cwd: kubernetesSource(), env })
    }
    await rename(half, folder)
  } finally {
    await rm(half, { recursive: true, force: true })
  }
}

// Left by a build that was killed: we hold the lock, so nobody is at them.
async function dropHalfBuilt(folder: string): Promise<void> {
  const left = (await readdir(folder).catch(() => [] as string[])).filter(name => /^kubernetes-.*\.half$/.test(name))
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true })
}

// readonly: a build must not edit go.mod behind our back.
const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath']

// Static, so that the binaries run on any host; with the toolchain we chose and none of the user's own Go settings.
const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local', GOWORK: 'off' }

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
