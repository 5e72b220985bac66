import { absentOf } from '../../src/inventory/absent.js'
import type { Host } from '../../src/inventory/model.js'
import { roleContexts } from '../../src/playbook/context.js'
import { loadSite, mistake } from '../support/playbook-folder.js'

const origin = { file: 'hosts.ini', line: 3, column: 4 }
const hostWith = (value: unknown): Host => ({ name: 'n3', vars: new Map([['netplay_absent', { value, origin }]]) }) as unknown as Host

test.each([
  ['RMA 4711 until 2026-12-01', 'RMA 4711 until 2026-12-01'],
  ['  until the disk is here until 2026-11-25 ', 'until the disk is here until 2026-11-25'],
])('%j declares a host away, its last day included', (value, reason) => {
  expect(absentOf(hostWith(value), '2026-11-25')).toEqual({ name: 'n3', reason, address: 'n3' })
})

test.each([[null], [false], ['']])('%j is none', value => expect(absentOf(hostWith(value), '2026-11-25')).toBeUndefined())

test.each([
  ['RMA 4711', 'hosts.ini:3:4: netplay_absent of n3 does not say until when it is away'],
  ['until 2026-12-01', 'does not say until when'],
  ['RMA until 2026-02-30', 'hosts.ini:3:4: netplay_absent of n3: there is no day 2026-02-30'],
  ['RMA until 2026-11-24', 'hosts.ini:3:4: n3 was to be away until 2026-11-24, and that is over: RMA'],
  [true, 'netplay_absent of n3 is text, not true'],
])('%j is refused where it is written', (value, message) => {
  expect(() => absentOf(hostWith(value), '2026-11-25')).toThrow(message)
})

const files = { 'host_vars/n2.yml': 'netplay_absent: RMA 4711 until 2999-12-01\n' }

test('a host that is away is in no play, no peers and no group; roles see it as absent', async () => {
  const playbook = await loadSite('- hosts: web\n  roles: [web]\n', { files })
  const [play] = playbook.plays
  const away = [{ name: 'n2', reason: 'RMA 4711 until 2999-12-01', address: 'n2' }]
  expect(playbook.absent).toEqual(away)
  const context = roleContexts(playbook, play!, () => undefined)(play!.roles[0]!, play!.hosts[0]!)
  expect([play!.hosts, play!.peers, context.peers, context.groups['web']!].map(hosts => hosts.map(({ name }) => name))).toEqual(
    Array(4).fill(['n1', 'n3']),
  )
  expect(context.absent).toMatchObject([{ ...away[0], groups: ['web'] }])
  expect(context.absent[0]!.vars.get('netplay_absent')).toBe('RMA 4711 until 2999-12-01')
})

test('written on a host line, a mistake is told there', async () => {
  const ini = '[web]\nn1\nn2 netplay_absent="RMA 4711"\n'
  expect(await mistake('- hosts: web\n', { files: { 'hosts.ini': ini } })).toMatch(
    /^hosts\.ini:3:\d+: netplay_absent of n2 does not say until when/,
  )
})

test('--limit to a host that is away leaves nothing to do', async () => {
  expect((await loadSite('- hosts: web\n', { files, limit: 'n2' })).hosts).toEqual([])
})
