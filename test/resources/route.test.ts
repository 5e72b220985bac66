import { Ajv } from 'ajv'
import { ProbeError } from '../../src/resources/errors.js'
import { policyRuleKind } from '../../src/resources/policy-rule.js'
import { routeKind as kind } from '../../src/resources/route.js'
import { worldOf } from '../support/kind-driver.js'

const desired = { to: '10.244.2.0/24', via: '198.18.0.12', dev: 'host0' }
const parsed = (text: string, wanted: Parameters<typeof kind.key>[0] = desired) => kind.parse(Buffer.from(text), wanted)
const diff = (text: string, wanted: Parameters<typeof kind.key>[0] = desired) => kind.diff(wanted, parsed(text, wanted), worldOf())

describe('a route', () => {
  test('that is not there', () =>
    expect(diff('exit 0\n')).toEqual([
      { field: 'via', before: null, after: '198.18.0.12' },
      { field: 'dev', before: null, after: 'host0' },
    ]))
  test('that is there, whoever made it', () =>
    expect(diff('exit 0\n10.244.2.0/24 via 198.18.0.12 dev host0 proto bird src 198.18.0.11 linkdown \n')).toEqual([]))
  test('that leads elsewhere', () =>
    expect(diff('exit 0\n10.244.2.0/24 via 198.18.0.13 dev host0 \n')).toEqual([
      { field: 'via', before: '198.18.0.13', after: '198.18.0.12' },
    ]))
  test('of another metric is another route', () =>
    expect(diff('exit 0\n10.244.2.0/24 via 198.18.0.12 dev host0 metric 50 \n')).toHaveLength(2))
  test('with several next hops is not the one that is wanted', () =>
    expect(
      diff(
        'exit 0\n10.244.2.0/24 proto static \n\tnexthop via 198.18.0.12 dev host0 weight 1 \n\tnexthop via 198.18.0.13 dev host0 weight 1 \n',
      ),
    ).toHaveLength(2))
  test('whose device the task leaves open', () =>
    expect(diff('exit 0\n10.244.2.0/24 via 198.18.0.12 dev bond0 \n', { to: '10.244.2.0/24', via: '198.18.0.12' })).toEqual([]))
  test('on a host without ip', () => expect(() => diff('exit 127\n')).toThrow(/no program `ip`/))
  test('that is undone comes back with all its attributes, without what only the moment says of it', () => {
    const first = parsed('exit 0\n10.244.2.0/24 via 198.18.0.13 dev host0 proto static mtu 1400 linkdown \n')
    expect(String(kind.thing.undo(kind.key(desired), first, []).restore)).toBe(
      'ip -4 route replace table 254 10.244.2.0/24 via 198.18.0.13 dev host0 proto static mtu 1400',
    )
  })
  test('whose words could be more than words is an error', () =>
    expect(() => parsed('exit 0\n10.244.2.0/24 via $(reboot) dev x\n')).toThrow(ProbeError))
  test('is one thing however it is written', () => {
    expect(kind.key({ to: 'FD00:0::1/128', dev: 'x' })).toBe('route:6 254 fd00::1 1024')
    expect(kind.key({ to: '0.0.0.0/0', via: '198.18.0.1' })).toBe('route:4 254 default 0')
    expect(kind.key({ to: 'default', via: 'fe80::1', dev: 'x', table: 'local' })).toBe('route:6 255 default 1024')
    expect(kind.key({ to: '10.0.0.1/32', dev: 'x', table: 100, metric: 5 })).toBe('route:4 100 10.0.0.1 5')
  })
  test('needs a next hop or a device, by words that are such', () => {
    const isValid = new Ajv({ strict: false }).compile(kind.schema)
    expect(isValid(desired)).toBe(true)
    for (const wrong of [
      { to: '10.0.0.0/8' },
      { to: 'x', dev: 'y' },
      { to: 'default', dev: 'a b' },
      { to: 'default', dev: 'x', table: 'custom' },
    ])
      expect(isValid(wrong)).toBe(false)
  })
})

describe('a policy rule', () => {
  const wanted = { priority: 100, to: '10.244.0.0/16', table: 100 }
  const isThere = (line: string) =>
    policyRuleKind.diff(wanted, policyRuleKind.parse(Buffer.from(`exit 0\n0:\tfrom all lookup local\n${line}\n`), wanted), worldOf())
      .length === 0
  test('is there when one line says just that', () => {
    expect(isThere('100:\tfrom all to 10.244.0.0/16 lookup 100')).toBe(true)
    expect(isThere('100:\tfrom all to 10.244.0.0/16 fwmark 0x1 lookup 100')).toBe(false)
    expect(isThere('101:\tfrom all to 10.244.0.0/16 lookup 100')).toBe(false)
    expect(isThere('100:\tfrom all to 10.244.0.0/16 lookup 1000')).toBe(false)
  })
  test('of a table with a name, told by either', () => {
    const main = { priority: 5, from: '10.0.0.1', table: 'main' as const }
    for (const table of ['main', '254'])
      expect(policyRuleKind.parse(Buffer.from(`exit 0\n5:\tfrom 10.0.0.1 lookup ${table}\n`), main).present).toBe(true)
  })
  test('on a host without ip', () =>
    expect(() => policyRuleKind.diff(wanted, policyRuleKind.parse(Buffer.from('exit 127\n'), wanted), worldOf())).toThrow(
      /no program `ip`/,
    ))
})
