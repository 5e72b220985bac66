import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bgpImages, buildImage } from '../../lab/bgp-image.js'
import { must } from '../../lab/command.js'

describe("an image's archive, which hosts take by docker load", () => {
  let folder = ''

  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'np-image-'))))
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const build = async (name: string) => {
    const [image] = bgpImages
    await writeFile(join(folder, 'program'), 'a program', { mode: 0o755 })
    await writeFile(join(folder, 'base.tar'), 'the base layer')
    const archive = join(folder, `${name}.tar`)
    await mkdir(join(folder, name))
    await buildImage(image!, join(folder, 'base.tar'), join(folder, 'program'), archive, join(folder, name))
    return archive
  }

  test('names its image, and its layers by the digests of their bytes', async () => {
    const archive = await build('one')
    const out = join(folder, 'out')
    await mkdir(out)
    await must(['tar', '-xf', archive, '-C', out])
    const [manifest] = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')) as [
      { Config: string; RepoTags: string[]; Layers: string[] },
    ]
    expect(manifest.RepoTags).toEqual(['netplay-lab/calico-node-standin:v3.31.7'])
    const text = await readFile(join(out, manifest.Config), 'utf8')
    const config = JSON.parse(text) as { rootfs: { diff_ids: string[] }; config: { Env: string[]; Cmd: string[] } }
    const digest = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')
    expect(manifest.Config).toBe(`${digest(text)}.json`)
    const layers = await Promise.all(manifest.Layers.map(layer => readFile(join(out, layer))))
    expect(config.rootfs.diff_ids).toEqual(layers.map(bytes => `sha256:${digest(bytes)}`))
    expect(config.config).toMatchObject({ Cmd: ['start_runit'], Env: expect.arrayContaining(['NETPLAY_STANDIN=current']) as string[] })
  })

  test('is the same bytes whenever it is made of the same', async () => {
    const [one, two] = [await build('one'), await build('two')]
    expect(await readFile(one)).toEqual(await readFile(two))
  })

  test('holds the program under every name that decides what it does', async () => {
    await must(['tar', '-xf', await build('one'), '-C', folder, 'program.tar'])
    const listed = await must(['tar', '-tvf', join(folder, 'program.tar')])
    for (const name of bgpImages[0]!.programs) expect(listed).toContain(`./${name} -> /usr/lib/netplay-lab/calico-node-standin`)
  })
})
