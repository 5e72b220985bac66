import { paintFor } from '../../src/report/paint.js'
import { playText, type PlayTextOptions } from '../../src/report/plan-text.js'
import type { PlannedItem } from '../../src/report/item-words.js'
import { countedText, summaryText } from '../../src/report/summary.js'
import { changed, item, made } from './planned.js'

const told = (items: PlannedItem[], hosts: string[], options: Partial<PlayTextOptions> = {}) =>
  `\n${playText(items, hosts, { diff: true, unchanged: false, origins: false, paint: paintFor(false), width: 60, ...options }).join('\n')}\n`

const unitFile = (host: string, before: string | null, after: string) =>
  item(host, 'file', 'file:/etc/x.service', before === null ? 'create' : 'change', [
    { field: 'content', before: before === null ? null : { text: before }, after: { text: after } },
    ...(before === null ? [made('mode', '0644'), made('owner', 'root:root')] : []),
  ])
const hosts = ['n1', 'n2', 'n3']

test('equal changes of many hosts are told once, and a line that differs is told in place', () => {
  const items = hosts.map((host, i) => unitFile(host, null, `[Unit]\nExecStart=/x \\\n  --iface=198.18.0.1${i + 1} \\\n  -v\n`))
  expect(told(items, hosts)).toBe(`
  + file /etc/x.service    0644 root:root    3 hosts, differ in 1 line
      + [Unit]
      + ExecStart=/x \\
      +   --iface=198.18.0.11 \\   (n1; n2 .12; n3 .13)
      +   -v
`)
})

test('of a text that was there only what changes is shown, with three lines around it', () => {
  const lines = Array.from({ length: 12 }, (_, i) => `line ${i}`)
  const before = `${lines.join('\n')}\n`
  expect(told([unitFile('n2', before, before.replace('line 6', 'line six'))], hosts)).toBe(`
  ~ file /etc/x.service                                   n2
      @@ -4,7 +4,7 @@
        line 3
        line 4
        line 5
      - line 6
      + line six
        line 7
        line 8
        line 9
`)
})

test('without --diff the lines are counted', () => {
  expect(told([unitFile('n2', 'a\nb\n', 'a\nc\nd\n')], hosts, { diff: false })).toBe(`
  ~ file /etc/x.service    +2 −1                          n2
`)
})

test('hosts whose texts have not the same length are told apart', () => {
  expect(told([unitFile('n1', null, 'a\n'), unitFile('n2', null, 'a\nb\n')], ['n1', 'n2'])).toBe(`
  + file /etc/x.service    0644 root:root    2 hosts, not the same on all
      on n1:
      + a
      on n2:
      + a
      + b
`)
})

test('a missing last line end, an empty file and a removed one are told as they are', () => {
  const items = [
    unitFile('n1', null, 'a'),
    item('n1', 'file', 'file:/etc/empty', 'create', [made('content', { text: '' }), made('mode', '0644')]),
    item('n1', 'absent', 'file:/etc/old', 'remove', [changed('file', { text: 'gone\n' }, null)]),
  ]
  expect(told(items, ['n1'])).toBe(`
  + file /etc/x.service    0644 root:root                 n1
      + a
      + \\ No newline at end of file
  + file /etc/empty    0644                               n1
  - file /etc/old                                         n1
      - gone
`)
})

test('a file that belongs to a live value is named above its lines', () => {
  const sysctl = item('n1', 'sysctl', 'sysctl:net.x.y', 'change', [
    changed('live', '0', '1'),
    made('/etc/sysctl.d/90.conf', { text: 'net.x.y = 1\n' }),
  ])
  expect(told([sysctl], ['n1'])).toBe(`
  ~ sysctl net.x.y = 1    was 0, at every boot too        n1
      /etc/sysctl.d/90.conf
      + net.x.y = 1
`)
})

test('tasks keep their order, also where one host has one that others have not', () => {
  const directory = (host: string, path: string) => item(host, 'directory', `file:${path}`, 'create', [made('mode', '0755')])
  const items = ['/a', '/c'].map(path => directory('n1', path)).concat(['/0', '/a', '/b', '/c'].map(path => directory('n2', path)))
  expect(told(items, ['n1', 'n2'])).toBe(`
  + directory /0    0755                                  n2
  + directory /a    0755                             2 hosts
  + directory /b    0755                                  n2
  + directory /c    0755                             2 hosts
`)
})

test('what is as wanted is listed only when it is asked for, and where it is written', () => {
  const items = [
    item('n1', 'directory', 'file:/a', 'none'),
    { ...item('n1', 'directory', 'file:/b', 'create', [made('mode', '0755')]), origin: 'roles/web/role.ts:3:5' },
  ]
  expect(told(items, ['n1'], { unchanged: true, origins: true })).toBe(`
  = directory /a                                          n1
  + directory /b    0755                                  n1
      roles/web/role.ts:3:5
`)
})

test('a line too long for the screen is shortened in its middle where its end is what differs', () => {
  const items = ['11', '12'].map((end, i) =>
    unitFile(`n${i + 1}`, null, `ExecStart=/usr/local/bin/flanneld --etcd-endpoints=https://198.18.0.11:2379 --iface=198.18.0.${end}\n`),
  )
  expect(told(items, ['n1', 'n2'], { width: 80 }).split('\n')[2]).toBe(
    '      + ExecStart=/usr/local/bin/flanneld … --iface=198.18.0.11   (n1; n2 .12)',
  )
})

describe('the last line', () => {
  const unit = (host: string, changes = [made('enabled', true), made('active', true)]) =>
    item(host, 'systemd-unit', 'unit:x.service', 'create', changes)
  const restart = item('n2', 'systemd-unit', 'unit:x.service', 'restart', [made('restart', 'its unit file changed')])

  test.each([
    ['nothing to do', [item('n1', 'file', 'file:/a', 'none')], 3, true, 'No changes. 3 hosts are as wanted.'],
    ['one host and nothing to do', [], 1, true, 'No changes. 1 host is as wanted.'],
    ['what starts', [unit('n1'), unit('n2')], 2, true, 'Would change: 2 hosts, 2 items. Would start: x.service on 2. Nothing was written.'],
    [
      'a restart is no item',
      [unitFile('n2', 'a\n', 'b\n'), restart],
      3,
      true,
      'Would change: 1 host, 1 item, 1 restart. 2 hosts are as wanted. Nothing was written.',
    ],
    ['before it is applied', [restart], 40, false, 'To change: 1 host, 1 restart. 39 hosts are as wanted.'],
    ['what stops', [unit('n1', [changed('active', true, false)])], 1, false, 'To change: 1 host, 1 item. To stop: x.service on 1.'],
    ['nobody could be planned', [], 0, true, 'No host could be planned. Nothing was written.'],
  ] as [string, PlannedItem[], number, boolean, string][])('%s', (_, items, looked, would, text) => {
    expect(summaryText(items, looked, would)).toBe(text)
  })

  test('a plan counts as Terraform does', () => {
    expect(countedText([unit('n1'), restart, item('n1', 'absent', 'file:/a', 'remove'), item('n1', 'file', 'file:/b', 'none')])).toBe(
      'Plan: 1 to add, 1 to change, 1 to destroy.',
    )
  })
})

test('what a host does in a later stage of its play comes after what it did before', () => {
  const stages = [
    ['n1', 'a'],
    ['n2', 'a'],
    ['n1', 'b'],
    ['n1', 'c'],
    ['n2', 'c'],
  ] as const
  const items = stages.map(([host, name]) => item(host, 'directory', `file:/${name}`, 'create', [made('mode', '0755')], name))
  expect(told(items, hosts).match(/\/[abc]/g)).toEqual(['/a', '/b', '/c'])
})
