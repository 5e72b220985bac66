import { directoryKind } from '../../src/resources/directory.js'
import type { PathState } from '../../src/resources/path-state.js'
import { worldOf } from './contract-engine.js'
import { resourceContract } from './contract.js'
import { disturb, directoryCases } from './path-cases.js'

const path = '/opt/cni/bin'

resourceContract(directoryKind, directoryCases, { disturb: disturb.directory })

const seen = { parent: 'directory', missing: 0, self: { uid: 0, gid: 0, owner: 'root', group: 'root' }, users: {}, groups: {} } as const
const nothing = worldOf(new Map())

describe('a folder on paper', () => {
  test('a missing parent is refused without "parents"', () => {
    const missing: PathState = { type: 'absent', seen: { ...seen, parent: 'absent', missing: 1 } }
    expect(() => directoryKind.diff({ path }, missing, nothing)).toThrow('should be in /opt/cni, and there is no such folder')
    expect(directoryKind.diff({ path, parents: true }, missing, nothing)).toHaveLength(2)
  })
  test('a parent that is a file is refused with "parents" too', () => {
    const under: PathState = { type: 'absent', seen: { ...seen, parent: 'other' } }
    expect(() => directoryKind.diff({ path, parents: true }, under, nothing)).toThrow('/opt/cni is not a folder')
  })
  test('a file or a link in its place is refused', () => {
    expect(() => directoryKind.diff({ path }, { type: 'symlink', target: '/data', word: '/data', seen }, nothing)).toThrow(
      'is a symlink to /data on the host, and a directory is wanted there',
    )
  })
  test('a folder that an earlier task removes with its content is not made anew: undo would take it for the old one', () => {
    const removed: PathState = { type: 'absent', removesTree: true, seen }
    expect(() => directoryKind.diff({ path }, removed, nothing)).toThrow(
      'an earlier task removes folder /opt/cni/bin with all that is in it',
    )
  })
  test('only folders that no other task makes are taken away with it', () => {
    const missing: PathState = { type: 'absent', seen: { ...seen, parent: 'absent', missing: 2 } }
    const world = worldOf(new Map([['file:/opt', { type: 'directory' }]]))
    const after = directoryKind.after({ path, parents: true }, missing, world)
    expect(after).toMatchObject({ madeAbove: 1 })
    expect(directoryKind.thing.undo('file:/opt/cni/bin', missing, [after]).restore?.text).toMatch(
      /^np_unmake \/opt\/cni\/bin [0-9a-f]{12} 1$/,
    )
  })
})
