import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { machineSources } from './apt-sources.js'
import { clearCgroup, makeCgroup } from './cgroup.js'
import { run } from './command.js'
import { LabCommandError } from './errors.js'
import { imageRecipe, type ImageKind, type ImageRecipe } from './image-recipe.js'
import { withLock } from './lock.js'
import type { Say } from './model.js'
import { mounts, unmountBelow } from './mounts.js'
import { imagesFolder, labStates } from './state.js'

/**
 * The root file system for a kind of host: built once (half a minute), kept under a digest of its recipe.
 * @returns its absolute path
 * @throws {LabCommandError} mmdebstrap failed, with its last lines
 */
export async function ensureImage(kind: ImageKind, say: Say): Promise<string> {
  const recipe = imageRecipe(kind)
  const folder = join(imagesFolder(), imageKey(recipe))
  if (!existsSync(folder)) {
    await withLock('images', async () => (existsSync(folder) ? undefined : build(recipe, folder, describe(kind), say)), say)
  }
  return join(folder, 'root')
}

/** Remove every image that no lab's host stands on, be the lab up or not. */
export const pruneImages = (): Promise<void> =>
  withLock('images', async () => {
    const used = [...(await mounts()).map(({ options }) => options), ...(await labStates())].join('\n')
    for (const name of await readdir(imagesFolder()).catch(() => [])) {
      const folder = join(imagesFolder(), name)
      if (!used.includes(folder)) await clearBuild(folder)
    }
  })

/** A folder of this name holds a whole image: it is renamed into place when it is. */
export const imageKey = (recipe: ImageRecipe): string =>
  createHash('sha256')
    .update(JSON.stringify([recipe, process.arch]))
    .digest('hex')
    .slice(0, 16)

async function build(recipe: ImageRecipe, folder: string, kind: string, say: Say): Promise<void> {
  const building = `${folder}.building`
  await clearBuild(building)
  await mkdir(building, { recursive: true })
  say(`image (${kind}): building a Debian ${recipe.suite} root, once; it takes about half a minute`)
  const started = Date.now()
  const argv = ['mmdebstrap', ...recipe.options, `--include=${recipe.packages.join(',')}`, `--customize-hook=${building}/setup.sh`]
  await writeFile(`${building}/setup.sh`, `#!/bin/sh\n${recipe.setup}`, { mode: 0o755 })
  const target = [recipe.suite, `${building}/root`, ...(await writeSources(recipe.suite, building))]
  const result = await run(await inBuildGroup([...argv, ...target]), { onStderr: progress(kind, say) })
  if (result.code !== 0) throw new LabCommandError('mmdebstrap', result, 'See that apt-get update works on this machine, then run again.')
  await rename(building, folder)
  say(`image (${kind}): ready after ${Math.round((Date.now() - started) / 1000)} s, ${await size(folder)}`)
}

/** A build outlives an owner that is killed: its processes are found by their control group, its mounts by their path. */
async function clearBuild(building: string): Promise<void> {
  await clearCgroup('.images')
  await unmountBelow(building)
  await rm(building, { recursive: true, force: true })
}

async function inBuildGroup(argv: string[]): Promise<string[]> {
  const group = await makeCgroup('.images')
  return ['sh', '-c', 'echo 0 > "$1/cgroup.procs" && shift && exec "$@"', 'sh', group, ...argv]
}

async function writeSources(suite: string, folder: string): Promise<string[]> {
  const { list = '', sources = '' } = (await machineSources(suite)) ?? {}
  const files = Object.entries({ list, sources }).filter(([, text]) => text !== '')
  await Promise.all(files.map(([name, text]) => writeFile(join(folder, `machine.${name}`), text)))
  return files.map(([name]) => join(folder, `machine.${name}`))
}

const progress = (kind: string, say: Say) => (chunk: string) => {
  const steps = [...chunk.matchAll(/^I: (installing .*|downloading .*|extracting .*|running apt-get update.*|cleaning .*)$/gm)]
  steps.forEach(step => say(`image (${kind}): ${step[1]}`))
}

const describe = ({ docker, python }: ImageKind) =>
  ['plain', ...(docker ? ['docker'] : []), ...(python ? ['python3'] : [])].slice(docker || python ? 1 : 0).join(', ')

const size = async (folder: string) => ((await run(['du', '-sh', folder])).stdout.split('\t')[0] ?? '').trim()
