import { directoryKind, type DirectoryParams } from '../../src/resources/directory.js'
import type { PathState } from '../../src/resources/path-state.js'
import { worldOf } from './contract-engine.js'
import { resourceContract, type ContractCase } from './contract.js'

const path = '/opt/cni/bin'

export const directoryCases: ContractCase<DirectoryParams>[] = [
  { name: 'a new folder', arrange: 'mkdir /opt/cni', desired: { path }, changes: ['mode', 'owner'] },
  {
    name: 'a new folder with owner and mode',
    arrange: 'mkdir /opt/cni',
    desired: { path, owner: 'etcd', group: 'ops', mode: 0o2770 },
    changes: ['mode', 'owner'],
  },
  {
    name: 'a new folder in one with setgid',
    arrange: 'mkdir /opt/cni; chmod 2775 /opt/cni; chown :1200 /opt/cni',
    desired: { path },
    changes: ['mode', 'owner'],
  },
  { name: 'a new folder with its parents', desired: { path: '/srv/a/b c/d', parents: true, mode: 0o700 }, changes: ['mode', 'owner'] },
  { name: 'parents that are there', arrange: 'mkdir /opt/cni', desired: { path, parents: true }, changes: ['mode', 'owner'] },
  {
    name: 'a folder that is as wanted',
    arrange: 'mkdir -p /opt/cni/bin',
    desired: { path, mode: 0o755, owner: 'root', parents: true },
    changes: [],
  },
  {
    name: 'another mode of a folder in use',
    arrange: 'mkdir -p /opt/cni/bin; echo a >/opt/cni/bin/x; chmod 2700 /opt/cni/bin',
    desired: { path, mode: 0o755 },
    changes: ['mode'],
  },
  {
    name: 'another owner',
    arrange: 'mkdir -p /opt/cni/bin; chmod 3711 /opt/cni/bin',
    desired: { path, owner: 'etcd' },
    changes: ['owner'],
  },
  { name: 'a name with awkward characters', desired: { path: `/opt/-it's\n$(x) "` }, changes: ['mode', 'owner'] },
]

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
resourceContract(directoryKind, directoryCases, { disturb: ({ path: at }) => `chmod 0111 ${quoted(at)}` })

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
