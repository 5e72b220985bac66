import { absentKind, type AbsentParams } from '../../src/resources/absent.js'
import { worldOf } from './contract-engine.js'
import { resourceContract, type ContractCase } from './contract.js'

const path = '/etc/cni/10-bridge.conf'
const tree =
  'mkdir -p /srv/old/a/.b; echo 1 >/srv/old/a/f; touch -d 2001-02-03 /srv/old/a/f; chmod 640 /srv/old/a/f; chown 997:1200 /srv/old/a/f; ln -s f /srv/old/a/l; chmod 2750 /srv/old'

export const absentCases: ContractCase<AbsentParams>[] = [
  {
    name: 'a file',
    arrange: `mkdir /etc/cni; echo old >${path}; chmod 600 ${path}; chown 997 ${path}`,
    desired: { path },
    changes: ['file'],
  },
  {
    name: 'a link to a folder',
    arrange: 'mkdir /opt/real; echo a >/opt/real/x; ln -s /opt/real /opt/link',
    desired: { path: '/opt/link', recursive: true },
    changes: ['symlink'],
  },
  { name: 'an empty folder', arrange: 'mkdir /opt/empty; chmod 1777 /opt/empty', desired: { path: '/opt/empty' }, changes: ['directory'] },
  {
    name: 'an empty folder, recursive',
    arrange: 'mkdir /opt/empty; chown 997 /opt/empty',
    desired: { path: '/opt/empty', recursive: true },
    changes: ['directory'],
  },
  { name: 'a folder with all that is in it', arrange: tree, desired: { path: '/srv/old', recursive: true }, changes: ['directory'] },
  { name: 'nothing there', desired: { path }, changes: [] },
  {
    name: 'a setuid file with an awkward name',
    arrange: `touch '/opt/-it'\\''s
$(x)'; chmod 4755 /opt/-it*`,
    desired: { path: `/opt/-it's\n$(x)` },
    changes: ['file'],
  },
]

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
resourceContract(absentKind, absentCases, { disturb: ({ path: at }) => `echo theirs >${quoted(at)}` })

const owned = { mode: 0o755, uid: 0, gid: 0, owner: 'root', group: 'root' }
const diff = (desired: AbsentParams, observed: Parameters<typeof absentKind.diff>[1]) =>
  absentKind.diff(desired, observed, worldOf(new Map()))

describe('absence on paper', () => {
  test('a folder that is not empty is refused unless recursive', () => {
    expect(() => diff({ path: '/srv/old' }, { type: 'directory', ...owned, empty: false })).toThrow(
      '/srv/old is a folder that is not empty',
    )
    expect(diff({ path: '/srv/old', recursive: true }, { type: 'directory', ...owned, empty: false })).toEqual([
      { field: 'directory', before: 'with all that is in it', after: null },
    ])
  })
  test('a folder that an earlier task is about is refused: its content was not kept', () => {
    expect(() => diff({ path: '/srv/old', recursive: true }, { type: 'directory', ...owned })).toThrow(
      'an earlier task of this plan is about folder /srv/old',
    )
  })
  test('a socket or a device is refused', () => {
    expect(() => diff({ path: '/run/docker.sock' }, { type: 'socket' })).toThrow('is a socket on the host, and nothing is wanted there')
  })
})
