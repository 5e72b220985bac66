import { symlinkKind } from '../../src/resources/symlink.js'
import { worldOf } from './contract-engine.js'
import { resourceContract } from './contract.js'
import { disturb, symlinkCases } from './path-cases.js'

const path = '/etc/alternatives/iptables'

resourceContract(symlinkKind, symlinkCases, { disturb: disturb.symlink })

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
