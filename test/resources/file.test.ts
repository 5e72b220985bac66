import { RequirementError } from '../../src/resources/errors.js'
import { fileKind, type FileParams } from '../../src/resources/file.js'
import type { PathState } from '../../src/resources/path-state.js'
import { Secret } from '../../src/secret.js'
import { worldOf } from './contract-engine.js'
import { resourceContract } from './contract.js'
import { disturb, fileCases } from './path-cases.js'

const path = '/etc/netplay/unit'

resourceContract(fileKind, fileCases, { disturb: disturb.file })

const seen = { parent: 'directory', missing: 0, self: { uid: 0, gid: 0, owner: 'root', group: 'root' }, users: {}, groups: {} } as const
const observed = (state: object): PathState =>
  ({ mode: 0o644, uid: 0, gid: 0, owner: 'root', group: 'root', digest: '0'.repeat(64), sizeBytes: 4, seen, ...state }) as PathState
const nothing = worldOf(new Map())
const refusal =
  (desired: FileParams, state: object, world = nothing) =>
  () =>
    fileKind.diff(desired, observed(state), world)

describe('a file on paper', () => {
  test('text is shown before and after', () => {
    const changes = fileKind.diff({ path, content: 'new\n' }, observed({ type: 'file', text: 'old\n' }), nothing)
    expect(changes).toEqual([{ field: 'content', before: { text: 'old\n' }, after: { text: 'new\n' } }])
  })
  test('what is not text is shown by digest and size', () => {
    const [change] = fileKind.diff({ path, content: 'a\0b' }, observed({ type: 'file' }), nothing)
    expect(change).toEqual({
      field: 'content',
      before: { digest: '0'.repeat(64), sizeBytes: 4 },
      after: { digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string, sizeBytes: 3 },
    })
  })
  test('a secret is shown nowhere: not in changes, state, steps or slots', () => {
    const desired = { path, content: new Secret('hunter2') }
    const state = observed({ type: 'file', salt: 'pepper' })
    const all = () => [
      fileKind.diff(desired, state, nothing),
      fileKind.after(desired, state, nothing),
      fileKind.steps(desired, state, nothing),
      fileKind.slots!(desired, nothing),
      fileKind.probe(desired, nothing),
    ]
    expect(JSON.stringify(all())).not.toContain('hunter2')
    expect(JSON.stringify(all())).not.toContain('f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7')
    expect(fileKind.diff(desired, state, nothing)).toEqual([{ field: 'content', before: { sensitive: true }, after: { sensitive: true } }])
    expect(JSON.stringify(fileKind.steps({ path, content: 'hunter2' }, observed({ type: 'file' }), nothing))).toContain('hunter2')
  })
  test('no such folder, neither on the host nor planned', () => {
    expect(refusal({ path, content: '' }, { type: 'absent', seen: { ...seen, parent: 'absent', missing: 1 } })).toThrow(
      'should be in /etc/netplay, and there is no such folder',
    )
  })
  test('a folder that an earlier task makes is enough, one that it removes is not', () => {
    const missing = { type: 'absent', seen: { ...seen, parent: 'absent', missing: 1 } }
    const planned = (type: string) => worldOf(new Map([['file:/etc/netplay', { type }]]))
    expect(fileKind.diff({ path, content: '' }, observed(missing), planned('directory'))).toHaveLength(3)
    expect(refusal({ path, content: '' }, { type: 'absent' }, planned('absent'))).toThrow(RequirementError)
  })
  test('an owner that nobody knows', () => {
    const state = { type: 'absent', seen: { ...seen, users: { flannel: null } } }
    expect(refusal({ path, content: '', owner: 'flannel' }, state)).toThrow('should belong to user flannel, and there is no such user')
    expect(refusal({ path, content: '', owner: 'flannel' }, { type: 'file' })).toThrow('only the later one names its user flannel')
    const planned = worldOf(new Map([['user:flannel', { uid: 812 }]]))
    expect(fileKind.after({ path, content: '', owner: 'flannel' }, observed(state), planned)).toMatchObject({ uid: 812, owner: 'flannel' })
  })
  test.each([
    [{ type: 'directory' }, 'is a directory on the host'],
    [{ type: 'symlink', target: '/data/unit', word: '/data/unit' }, 'is a symlink to /data/unit'],
    [{ type: 'fifo' }, 'is a fifo'],
    [{ type: 'file', digest: 'unreadable' }, 'cannot be read by this user'],
    [{ type: 'file', salt: 'pepper' }, 'only one of them says that it is secret'],
  ])('%j in its place is refused', (state, message) => expect(refusal({ path, content: '' }, state)).toThrow(message))
  test('a path with ".." or without "/" is refused', () => {
    expect(() => fileKind.key({ path: '/a/../b', content: '' })).toThrow('has ".."')
    expect(() => fileKind.key({ path: 'a', content: '' })).toThrow('not absolute')
  })
})
