import { loadSite, mistake } from '../support/playbook-folder.js'

const play = (hosts: string, hold: string) => `- hosts: ${hosts}\n${hold === '' ? '' : `  hold: ${hold}\n`}`
const full = '{name: reflectors, pod_cidr: 10.244.0.0/16, timeout: 10m}'

test('plays with one name share one hold; the first says everything', async () => {
  const { plays } = await loadSite(
    play('web', full) + play('db', 'reflectors') + play('web', '') + play('web', '{name: other, pod_cidr: "fd00::/48"}'),
  )
  expect(plays.map(({ hold }) => hold?.name)).toEqual(['reflectors', 'reflectors', undefined, 'other'])
  expect(plays[0]!.hold).toBe(plays[1]!.hold)
  expect(plays[0]!.hold).toMatchObject({ podCidr: '10.244.0.0/16', timeoutSeconds: 600, agreeSeconds: 120, origin: { line: 2, column: 9 } })
  expect(plays[3]!.hold).toMatchObject({ podCidr: 'fd00::/48', timeoutSeconds: 600 })
})

test.each([
  ['timeout', '90s', { timeoutSeconds: 90 }],
  ['timeout', '300', { timeoutSeconds: 300 }],
  ['timeout', '1h', { timeoutSeconds: 3600 }],
  ['agree_within', '30s', { agreeSeconds: 30 }],
  ['table', '100', { table: 100 }],
  ['priority', '50', { priority: 50 }],
])('%s: %s', async (key, value, read) => {
  const { plays } = await loadSite(play('web', `{name: a, pod_cidr: 10.244.0.0/16, ${key}: ${value}}`))
  expect(plays[0]!.hold).toMatchObject(read)
})

test.each([
  ['no name', play('web', '{pod_cidr: 10.244.0.0/16}'), 'site.yml:2:9: `hold` has no `name`'],
  ['a name that is none', play('web', '{name: "a b", pod_cidr: 10.244.0.0/16}'), "site.yml:2:16: a hold's name is lower-case letters"],
  ['no network', play('web', 'reflectors'), 'site.yml:2:9: hold "reflectors" does not say which network its pods have'],
  ['an address for a network', play('web', '{name: a, pod_cidr: 10.244.0.1}'), 'site.yml:2:29: `pod_cidr` must be the network of the pods'],
  ['everything for a network', play('web', '{name: a, pod_cidr: 0.0.0.0/0}'), 'site.yml:2:29: `pod_cidr` must be'],
  ['a slip', play('web', '{name: a, pod_cdir: 10.244.0.0/16}'), 'site.yml:2:19: `hold` has no key "pod_cdir"; did you mean "pod_cidr"?'],
  ['no time', play('web', '{name: a, pod_cidr: 10.0.0.0/8, timeout: soon}'), 'site.yml:2:50: `timeout` must be a time from 5s to 60m'],
  ['too long a time', play('web', '{name: a, pod_cidr: 10.0.0.0/8, timeout: 3h}'), 'site.yml:2:50: `timeout` must be a time'],
  [
    "main's priority",
    play('web', '{name: a, pod_cidr: 10.0.0.0/8, priority: 32766}'),
    'site.yml:2:51: `priority` must be a whole number from 1 to 32765',
  ],
  ['a list', play('web', '[a]'), 'site.yml:2:9: `hold` is a mapping with name, pod_cidr'],
  [
    'a play between',
    play('web', full) + play('db', '') + play('web', 'reflectors'),
    'site.yml:3:3: this play stands between plays of hold "reflectors" (site.yml:2:9) and is not of it',
  ],
  [
    'two forms of one hold',
    play('web', full) + play('db', '{name: reflectors, timeout: 5m}'),
    'site.yml:4:9: hold "reflectors" is written otherwise in its first play, site.yml:2:9',
  ],
])('%s is refused where it stands', async (_, site, message) => {
  expect((await mistake(site)).split('\n')[0]).toContain(message)
})

describe('--limit', () => {
  const site = play('web', full) + play('db', 'reflectors')
  test.each([
    ['a host of the same play', 'n1,d1', 'leaves n2, n3 out of hold "reflectors"'],
    ['a host of another play of the hold', 'web', 'leaves d1 out of hold "reflectors"'],
  ])('that leaves out %s is refused', async (_, limit, message) => {
    expect(await mistake(site, { limit })).toContain(`site.yml:2:9: --limit ${message}: packets from there would be lost`)
  })
  test.each([['web,db'], ['all']])('that names all of its hosts is fine: %s', async limit => {
    expect((await loadSite(site, { limit })).plays[0]!.hold).toBeDefined()
  })
  test('that is about other plays alone is fine', async () => {
    expect((await loadSite(play('web', full) + play('db', ''), { limit: 'db' })).plays.map(({ hosts }) => hosts.length)).toEqual([0, 1])
  })
  test('with --no-hold nothing is held, and nothing refused', async () => {
    const { plays } = await loadSite(site, { limit: 'n1', hold: false })
    expect(plays.map(({ hold }) => hold)).toEqual([undefined, undefined])
  })
})
