import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { must } from './command.js'
import { tarOf } from './bgp-root.js'

/** An image of the lab, by what it stands in for. */
export interface BgpImage {
  /** Name of its archive's file. */
  file: string
  /** What hosts know it by after `docker load`. */
  reference: string
  /** Told to its programs as NETPLAY_STANDIN. */
  kind: 'current' | 'classic' | 'routereflector'
  /** Names that its program is called by: they decide what it does. */
  programs: readonly string[]
}

/** In the order of `BgpParts`. Versions are those that the real ones were recorded with, or that the classic profile has. */
export const bgpImages: readonly BgpImage[] = [
  {
    file: 'calico-node-standin.tar',
    reference: 'netplay-lab/calico-node-standin:v3.31.7',
    kind: 'current',
    programs: ['bin/calico-node', 'usr/sbin/start_runit'],
  },
  {
    file: 'calico-node-standin-classic.tar',
    reference: 'netplay-lab/calico-node-standin-classic:v2.4.0',
    kind: 'classic',
    programs: ['usr/sbin/start_runit', 'usr/bin/calico-felix', 'usr/bin/confd'],
  },
  {
    file: 'routereflector-standin.tar',
    reference: 'netplay-lab/routereflector-standin:v0.4.0',
    kind: 'routereflector',
    programs: ['usr/sbin/start_runit', 'usr/bin/confd'],
  },
]

/**
 * Write an image in the form of `docker save`, without a docker on this machine: hosts take it with `docker load` or `ctr images import`.
 * Source: Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset Format".
 * @param base tarball of the layer that all of them share; @param program the Go program; @param scratch an empty folder
 */
export async function buildImage(image: BgpImage, base: string, program: string, archive: string, scratch: string): Promise<void> {
  const [whole, root] = [join(scratch, 'archive'), join(scratch, 'root')]
  await mkdir(whole, { recursive: true })
  await placePrograms(root, program, image.programs)
  await must([...tarOf(root), '-f', join(whole, 'program.tar'), '.'])
  await copyFile(base, join(whole, 'base.tar'))
  const layers = ['base.tar', 'program.tar']
  const config = JSON.stringify(imageConfig(image.kind, await Promise.all(layers.map(layer => digest(join(whole, layer))))))
  const name = `${createHash('sha256').update(config).digest('hex')}.json`
  await writeFile(join(whole, name), config)
  await writeFile(join(whole, 'manifest.json'), JSON.stringify([{ Config: name, RepoTags: [image.reference], Layers: layers }]))
  await must([...tarOf(whole), '-f', archive, 'manifest.json', name, ...layers])
}

// One file, and links to it by the names that choose what it does.
async function placePrograms(root: string, program: string, names: readonly string[]): Promise<void> {
  const file = 'usr/lib/netplay-lab/calico-node-standin'
  for (const path of [file, ...names]) await mkdir(dirname(join(root, path)), { recursive: true })
  await copyFile(program, join(root, file))
  for (const name of names) await symlink(`/${file}`, join(root, name))
}

const imageConfig = (kind: BgpImage['kind'], digests: readonly string[]) => ({
  architecture: process.arch === 'x64' ? 'amd64' : process.arch,
  os: 'linux',
  created: '1970-01-01T00:00:00Z',
  config: {
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', `NETPLAY_STANDIN=${kind}`],
    Cmd: ['start_runit'],
    Labels: { 'netplay-lab.stands-in-for': kind === 'routereflector' ? 'calico/routereflector' : 'calico/node' },
  },
  rootfs: { type: 'layers', diff_ids: digests },
})

const digest = async (file: string) =>
  `sha256:${createHash('sha256')
    .update(await readFile(file))
    .digest('hex')}`
