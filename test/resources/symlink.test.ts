import { symlinkKind, type SymlinkParams } from '../../src/resources/symlink.js'
import { worldOf } from './contract-engine.js'
import { resourceContract, type ContractCase } from './contract.js'

const path = '/etc/alternatives/iptables'
const folder = 'mkdir /etc/alternatives'

export const symlinkCases: ContractCase<SymlinkParams>[] = [
  { name: 'a new link', arrange: folder, desired: { path, target: '/usr/sbin/iptables-nft' }, changes: ['target'] },
  { name: 'a link that is as wanted', arrange: `${folder}; ln -s ../x ${path}`, desired: { path, target: '../x' }, changes: [] },
  {
    name: 'another target',
    arrange: `${folder}; ln -s /usr/sbin/iptables-nft ${path}`,
    desired: { path, target: '/usr/sbin/iptables-legacy' },
    changes: ['target'],
  },
  {
    name: 'from one folder to another',
    arrange: `mkdir /opt/a /opt/b; ln -s /opt/a /opt/now`,
    desired: { path: '/opt/now', target: '/opt/b' },
    changes: ['target'],
  },
  { name: 'a target with awkward characters', arrange: folder, desired: { path, target: `-it's "$(x)"\n hex:é` }, changes: ['target'] },
  {
    name: 'a target that looks encoded',
    arrange: `${folder}; ln -s ' a' ${path}`,
    desired: { path, target: 'hex:2061' },
    changes: ['target'],
  },
  {
    name: 'a dangling link owned by someone',
    arrange: `${folder}; ln -s nowhere ${path}; chown -h 997 ${path}`,
    desired: { path, target: 'elsewhere' },
    changes: ['target'],
  },
  {
    name: 'a link whose bytes are no text',
    arrange: `${folder}; ln -s "$(printf 'a\\377')" ${path}`,
    desired: { path, target: 'a' },
    changes: ['target'],
  },
]

resourceContract(symlinkKind, symlinkCases, { disturb: ({ path: at }) => `rm ${at}; ln -s theirs ${at}` })

describe('a link on paper', () => {
  test('a file or a folder in its place is refused', () => {
    expect(() => symlinkKind.diff({ path, target: 'x' }, { type: 'fifo' }, worldOf(new Map()))).toThrow(
      'is a fifo on the host, and a symlink is wanted there',
    )
  })
  test('the change is from target to target', () => {
    const changes = symlinkKind.diff({ path, target: 'b c' }, { type: 'symlink', target: 'a', word: 'a' }, worldOf(new Map()))
    expect(changes).toEqual([{ field: 'target', before: 'a', after: 'b c' }])
  })
})
