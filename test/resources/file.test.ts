import { RequirementError } from '../../src/resources/errors.js'
import { fileKind, type FileParams } from '../../src/resources/file.js'
import type { PathState } from '../../src/resources/path-state.js'
import { Secret } from '../../src/secret.js'
import { worldOf } from './contract-engine.js'
import { resourceContract, type ContractCase } from './contract.js'

const path = '/etc/netplay/unit'
const there = (more = '') => `mkdir /etc/netplay; printf 'old\\n' >${path}; touch -d 2001-02-03 ${path}; ${more}`
const awkward = `quotes ' " \`touch /etc/pwned\` $(touch /etc/pwned) $HOME \\n \\\\ %s\n\tüñí 🐳\n-n\r\nend without newline`

export const fileCases: ContractCase<FileParams>[] = [
  { name: 'a new file', arrange: 'mkdir /etc/netplay', desired: { path, content: 'a\n' }, changes: ['content', 'mode', 'owner'] },
  {
    name: 'a new file with owner and mode',
    arrange: 'mkdir /etc/netplay',
    desired: { path, content: '', owner: 'etcd', group: 'ops', mode: 0o2640 },
    changes: ['content', 'mode', 'owner'],
  },
  { name: 'a file that is as wanted', arrange: there(), desired: { path, content: 'old\n' }, changes: [] },
  {
    name: 'other content',
    arrange: there('chmod 600 /etc/netplay/unit; chown 997:1200 /etc/netplay/unit'),
    desired: { path, content: 'new\n' },
    changes: ['content'],
  },
  { name: 'another mode', arrange: there(), desired: { path, content: 'old\n', mode: 0o600 }, changes: ['mode'] },
  {
    name: 'another owner by number',
    arrange: there(),
    desired: { path, content: 'old\n', owner: '4711', group: '997' },
    changes: ['owner'],
  },
  {
    name: 'all of it',
    arrange: there(),
    desired: { path, content: 'new\n', mode: 0o755, owner: 'etcd' },
    changes: ['content', 'mode', 'owner'],
  },
  {
    name: 'another owner of a setuid file',
    arrange: there(`chmod 4755 ${path}`),
    desired: { path, content: 'old\n', owner: 'etcd' },
    changes: ['owner'],
  },
  {
    name: 'setuid for a file that another owns',
    arrange: there(`chown 997 ${path}`),
    desired: { path, content: 'old\n', mode: 0o4755 },
    changes: ['mode'],
  },
  { name: 'content that a shell could take for its own', arrange: there(), desired: { path, content: awkward }, changes: ['content'] },
  { name: 'content with a NUL byte', arrange: there(), desired: { path, content: 'a\0b' }, changes: ['content'] },
  { name: 'content of 40 kB', arrange: there(), desired: { path, content: 'line\n'.repeat(8000) }, changes: ['content'] },
  { name: 'a local source', arrange: there(), desired: { path, source: { path: 'package.json' } }, changes: ['content'] },
  { name: 'a secret', arrange: there(), desired: { path, content: new Secret('hunter2'), owner: 'etcd' }, changes: ['content', 'owner'] },
  {
    name: 'a new secret',
    arrange: 'mkdir /etc/netplay',
    desired: { path, content: 'hunter2', secret: true },
    changes: ['content', 'mode', 'owner'],
  },
  { name: 'a secret that is as wanted', arrange: there(), desired: { path, content: new Secret('old\n') }, changes: [] },
  { name: 'a secret with another mode', arrange: there(), desired: { path, content: new Secret('old\n'), mode: 0o600 }, changes: ['mode'] },
  {
    name: 'a folder that a symlink leads to',
    arrange: 'mkdir /opt/real; ln -s real /opt/link',
    desired: { path: '/opt/link/x', content: 'a' },
    changes: ['content', 'mode', 'owner'],
  },
  {
    name: 'a folder with setgid',
    arrange: 'mkdir -m 2775 /opt/shared; chgrp 1200 /opt/shared',
    desired: { path: '/opt/shared/x', content: 'a' },
    changes: ['content', 'mode', 'owner'],
  },
  { name: 'a name of 255 bytes', desired: { path: `/opt/${'é'.repeat(127)}x`, content: 'a' }, changes: ['content', 'mode', 'owner'] },
  {
    name: 'a name with newline, quotes and backslash',
    arrange: "printf a >'/opt/-a\n\"b\\c'",
    desired: { path: `/opt/-a\n"b\\c`, content: `b` },
    changes: ['content'],
  },
  { name: 'a name with a quote and a $', desired: { path: `/opt/it's $HOME`, content: `b` }, changes: ['content', 'mode', 'owner'] },
  {
    name: 'another spelling of the path',
    desired: { path: '//var/run/./x', content: 'b' },
    arrange: 'ln -s ../run /var/run',
    changes: ['content', 'mode', 'owner'],
  },
]

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
resourceContract(fileKind, fileCases, { disturb: ({ path: at }) => `echo someone >>${quoted(at)}` })

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
