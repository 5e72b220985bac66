import { containerImageKind } from '../../src/resources/container-image.js'
import { idIn, nameIn } from '../../src/resources/image-archive.js'
import type { Sources } from '../../src/resources/resource.js'

const id = 'ab'.repeat(32)
const sourcesOf = (text: string | undefined): Sources => ({
  salt: '',
  source: () => ({ digest: 'd1', sizeBytes: 1, ...(text === undefined ? {} : { text }) }),
})
const manifest = (...images: (string[] | null)[]) =>
  sourcesOf(JSON.stringify(images.map(RepoTags => ({ Config: `blobs/sha256/${id}`, RepoTags, Layers: [] }))))
const whole = 'docker.io/calico/node:v3'

test('an image is known by the digest of its configuration', () => {
  expect(idIn('node.tar', manifest(['calico/node:v3']))).toBe(`sha256:${id}`)
})

test.each([
  ['its own name, however it is written', manifest(['calico/node:v3']), whole],
  ['its name among several', manifest(['other:1'], ['quay.io/calico/node:v3', whole]), whole],
  ['the name of the only image', manifest(['reg:5000/calico/node:v3']), 'reg:5000/calico/node:v3'],
])('containerd imports it under %s', (_what, sources, name) => {
  expect(nameIn('node.tar', whole, sources)).toBe(name)
})

test.each([
  ['two images, none of that name', manifest(['a:1'], ['b:1'])],
  ['an image without a name', manifest(null)],
  ['no image', sourcesOf('[]')],
  ['no JSON', sourcesOf('<html>')],
  ['no manifest', sourcesOf(undefined)],
])('a tarball of %s is refused before anything is written', (_what, sources) => {
  const desired = { image: 'calico/node:v3', runtime: 'ctr' as const, archive: 'node.tar' }
  expect(() => containerImageKind.diff(desired, { id: 'absent' }, sources as never)).toThrow(
    'node.tar has no image of the name docker.io/calico/node:v3',
  )
})

describe('ctr', () => {
  const steps = (RepoTags: string[]) =>
    containerImageKind
      .steps({ image: 'calico/node:v3', runtime: 'ctr', archive: 'node.tar' }, { id: 'absent' }, manifest(RepoTags) as never)
      .map(step => String(step).trim().split(/\n\s*/))

  test('keeps an image under its whole name', () => {
    expect(containerImageKind.key({ image: 'calico/node:v3', runtime: 'ctr' })).toBe(`image:ctr/any/${whole}`)
    expect(containerImageKind.key({ image: 'calico/node:v3' })).toBe('image:docker/any/calico/node:v3')
  })

  test('imports an image, and names it as it is wanted where the tarball has another name', () => {
    expect(steps([whole])).toEqual([['ctr images import "$NP_SLOTS"/d1 >/dev/null']])
    expect(steps(['reg:5000/node:v3'])).toEqual([
      ['ctr images import "$NP_SLOTS"/d1 >/dev/null', `ctr images tag --force reg:5000/node:v3 ${whole} >/dev/null`],
    ])
  })
})
