import { absentKind, type AbsentParams } from '../../src/resources/absent.js'
import { worldOf } from './contract-engine.js'
import { resourceContract } from './contract.js'
import { disturb, absentCases } from './path-cases.js'

resourceContract(absentKind, absentCases, { disturb: disturb.absent })

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
