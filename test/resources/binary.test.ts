import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binaryKind } from '../../src/resources/binary.js'
import { worldOf } from './contract-engine.js'
import { resourceContract } from './contract.js'
import { disturb, binaryCases } from './path-cases.js'

const bytes = Buffer.from(Array.from({ length: 90_000 }, (_, i) => (i * 7919) % 256))
const digest = createHash('sha256').update(bytes).digest('hex')
const folder = mkdtempSync(join(tmpdir(), 'netplay-binary-'))
const source = { path: join(folder, 'flanneld') }
writeFileSync(source.path, bytes)
afterAll(() => rmSync(folder, { recursive: true }))

const path = '/usr/local/bin/flanneld'

resourceContract(binaryKind, binaryCases, { disturb: disturb.binary })

describe('a program on paper', () => {
  const absent = {
    type: 'absent',
    seen: { parent: 'directory', missing: 0, self: { uid: 0, gid: 0, owner: 'root', group: 'root' }, users: {}, groups: {} },
  } as const
  test('it is shown by digest and size, and travels in a slot named by its digest', () => {
    const world = worldOf(new Map())
    expect(binaryKind.diff({ path, source }, absent, world)[0]).toEqual({
      field: 'content',
      before: null,
      after: { digest, sizeBytes: 90_000 },
    })
    expect(binaryKind.slots!({ path, source }, world)).toEqual([
      { name: digest, digest, sizeBytes: 90_000, secret: false, source: { type: 'path', path: source.path } },
    ])
    expect(binaryKind.sources!({ path, source: { archive: 'a.tgz', member: 'flanneld' } })).toEqual([
      { type: 'archive', path: 'a.tgz', member: 'flanneld' },
    ])
  })
  test('a source with another sha256 is refused', () => {
    expect(() => binaryKind.diff({ path, source, sha256: 'a'.repeat(64) }, absent, worldOf(new Map()))).toThrow(
      `has sha256 ${digest}, and ${'a'.repeat(64)} is wanted`,
    )
  })
})
