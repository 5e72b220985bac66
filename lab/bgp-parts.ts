import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bgpImages, buildImage } from './bgp-image.js'
import { builtOnce, labBgpPrograms } from './bgp-programs.js'
import { baseRecipe, buildBaseLayer } from './bgp-root.js'
import type { Say } from './model.js'
import { stateFolder } from './state.js'

/** Stand-ins for calico's programs and images, and a real BIRD in them. What each is and is not: lab/parts/README.md. */
export interface BgpParts {
  /** Where the programs are. */
  folder: string
  /** Stands in for calicoctl v3.31: goes to /usr/local/bin/calicoctl. */
  calicoctl: string
  /** Stands in for calicoctl v1.4, etcd v2. */
  calicoctlV1: string
  /** Archives for `docker load`; `references` has their names. */
  nodeImage: string
  nodeClassicImage: string
  rrImage: string
  /** Stand-ins for the CNI plugins: go to /opt/cni/bin as calico and calico-ipam. */
  calicoCni: string
  calicoIpam: string
  references: { node: string; nodeClassic: string; rr: string }
}

/**
 * The stand-ins for calico, built if this version of them has not been built on this machine: half a minute the first time.
 * @param say gets a line before anything that takes long; default: standard error
 * @throws {LabError} there is no Go toolchain and none can be had, or a build fails
 */
export async function labBgpParts(say: Say = line => void process.stderr.write(`${line}\n`)): Promise<BgpParts> {
  const programs = await labBgpPrograms(say)
  const key = createHash('sha256').update(JSON.stringify([programs, bgpImages, baseRecipe(), recipe]))
  const images = join(stateFolder(), 'parts', `bgp-images-${key.digest('hex').slice(0, 16)}`)
  await builtOnce(images, say, half => buildImages(half, programs, say))
  return partsIn(programs, images)
}

async function buildImages(half: string, programs: string, say: Say): Promise<void> {
  const scratch = join(half, 'scratch')
  const base = await baseLayer(join(scratch, 'base'), say)
  for (const image of bgpImages) {
    say(`packing ${image.reference}`)
    await buildImage(image, base, join(programs, 'calico-node-standin'), join(half, image.file), join(scratch, image.kind))
  }
  await rm(scratch, { recursive: true, force: true })
}

/** Kept by its own recipe: the programs change more often than BIRD does. */
async function baseLayer(scratch: string, say: Say): Promise<string> {
  const tarball = join(stateFolder(), 'parts', `bgp-base-${baseRecipe().slice(0, 16)}.tar`)
  if (existsSync(tarball)) return tarball
  await mkdir(scratch, { recursive: true })
  const half = join(scratch, 'base.tar')
  await buildBaseLayer(half, scratch, say)
  await rename(half, tarball)
  return tarball
}

/** Part of the images' key: raise it when the way of packing changes. */
const recipe = 1

function partsIn(folder: string, images: string): BgpParts {
  const [node, nodeClassic, rr] = bgpImages
  return {
    folder,
    calicoctl: join(folder, 'calicoctl-standin'),
    calicoctlV1: join(folder, 'calicoctl-v1-standin'),
    nodeImage: join(images, node!.file),
    nodeClassicImage: join(images, nodeClassic!.file),
    rrImage: join(images, rr!.file),
    calicoCni: join(folder, 'calico-cni-standin'),
    calicoIpam: join(folder, 'calico-ipam-standin'),
    references: { node: node!.reference, nodeClassic: nodeClassic!.reference, rr: rr!.reference },
  }
}
