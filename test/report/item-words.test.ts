import type { Action, Change } from '../../src/change.js'
import { itemInWords } from '../../src/report/item-words.js'
import { changed, item, made } from './planned.js'

const digest = (start: string) => ({ digest: start.padEnd(64, '0'), sizeBytes: 52_800_000 })
const text = { text: 'a\nb\n' }

const table: [kind: string, key: string, action: Action, changes: Change[], words: string][] = [
  [
    'file',
    'file:/etc/x',
    'create',
    [made('content', text), made('mode', '0644'), made('owner', 'root:root')],
    'file /etc/x    0644 root:root',
  ],
  ['file', 'file:/etc/x', 'change', [changed('content', text, { text: 'c\n' })], 'file /etc/x'],
  [
    'file',
    'file:/etc/x',
    'change',
    [changed('mode', '0644', '0600'), changed('owner', 'ann:ann', 'root:root')],
    'file /etc/x    mode 0644 → 0600, owner ann:ann → root:root',
  ],
  [
    'file',
    'file:/etc/key',
    'change',
    [changed('content', { sensitive: true }, { sensitive: true })],
    'file /etc/key    content (sensitive value) → (sensitive value)',
  ],
  [
    'binary',
    'file:/usr/local/bin/flanneld',
    'create',
    [made('content', digest('932f48')), made('mode', '0755'), made('owner', 'root:root')],
    'file /usr/local/bin/flanneld    0755 root:root   53 MB  sha256 932f48…',
  ],
  [
    'binary',
    'file:/usr/local/bin/flanneld',
    'change',
    [changed('content', digest('932f48'), digest('5c20aa'))],
    'file /usr/local/bin/flanneld    content 53 MB  sha256 932f48… → 53 MB  sha256 5c20aa…',
  ],
  ['directory', 'file:/opt/cni', 'create', [made('mode', '0755'), made('owner', 'root:root')], 'directory /opt/cni    0755 root:root'],
  ['absent', 'file:/etc/old', 'remove', [changed('file', digest('932f48'), null)], 'file /etc/old'],
  ['symlink', 'file:/opt/a', 'create', [made('target', '/usr/lib/a')], 'symlink /opt/a → /usr/lib/a'],
  ['symlink', 'file:/opt/a', 'change', [changed('target', '/old', '/usr/lib/a')], 'symlink /opt/a → /usr/lib/a    was /old'],
  [
    'awaited-file',
    'awaited:/run/x',
    'create',
    [made('content', { unknown: 'flanneld writes it' })],
    'file /run/x    (known after apply: flanneld writes it)',
  ],
  ['systemd-unit', 'unit:x.service', 'create', [made('enabled', true), made('active', true)], 'unit x.service    enabled, running'],
  ['systemd-unit', 'unit:x.service', 'change', [changed('active', 'failed', true)], 'unit x.service    running, was failed'],
  [
    'systemd-unit',
    'unit:x.service',
    'change',
    [changed('enabled', true, false), changed('active', true, false)],
    'unit x.service    disabled, stopped',
  ],
  [
    'systemd-unit',
    'unit:x.service',
    'restart',
    [made('restart', 'its unit file changed')],
    'unit x.service    restart: its unit file changed',
  ],
  [
    'sysctl',
    'sysctl:net.ipv4.ip_forward',
    'change',
    [changed('live', '0', '1'), made('/etc/sysctl.d/x.conf', text)],
    'sysctl net.ipv4.ip_forward = 1    was 0, at every boot too',
  ],
  ['sysctl', 'sysctl:net.bridge.x', 'create', [made('/etc/sysctl.d/x.conf', text)], 'sysctl net.bridge.x    at every boot too'],
  [
    'kernel-feature',
    'kernel:vxlan',
    'create',
    [made('present', true), made('/etc/modules-load.d/x.conf', text)],
    'kernel vxlan    load it, and at every boot',
  ],
  [
    'firewall-rule',
    'firewall:4/filter/FORWARD/-s 10.244.0.0/16 -j ACCEPT',
    'create',
    [made('filter FORWARD', '-s 10.244.0.0/16 -j ACCEPT')],
    'firewall FORWARD -s 10.244.0.0/16 -j ACCEPT',
  ],
  ['firewall-rule', 'firewall:6/nat/POSTROUTING/-j MASQUERADE', 'none', [], 'firewall6 -t nat POSTROUTING -j MASQUERADE'],
  [
    'firewall-policy',
    'firewall-policy:4/filter/FORWARD',
    'change',
    [changed('policy', 'DROP', 'ACCEPT')],
    'firewall -P FORWARD ACCEPT    was DROP',
  ],
  [
    'route',
    'route:4 254 10.244.2.0/24 0',
    'create',
    [made('via', '198.18.0.13'), made('dev', 'host0')],
    'route 10.244.2.0/24 via 198.18.0.13 dev host0',
  ],
  [
    'route',
    'route:4 100 10.244.2.0/24 0',
    'change',
    [changed('via', '198.18.0.12', '198.18.0.13')],
    'route 10.244.2.0/24 via 198.18.0.13 table 100    was via 198.18.0.12',
  ],
  [
    'policy-rule',
    'rule:4 100 all 10.244.0.0/16 100',
    'create',
    [made('rule', 'from all to 10.244.0.0/16 lookup 100')],
    'rule 100: from all to 10.244.0.0/16 lookup 100',
  ],
  ['command', 'command:1f0c', 'change', [made('command', 'apt-get install -y x\nmore')], 'command    apt-get install -y x'],
  ['etcd-key', 'etcd3:/coreos.com/network/config', 'create', [made('value', text)], 'etcd /coreos.com/network/config'],
  ['calico-resource', 'calico:IPPool/pods', 'change', [changed('resource', text, text)], 'calico IPPool pods'],
  ['calico-resource', 'calico:ipPool/10.200.0.0/16', 'none', [], 'calico ipPool 10.200.0.0/16'],
  [
    'calico-resource',
    'calico:Node/n1',
    'change',
    [changed('resource', { unknown: 'calico/node makes it' }, text)],
    'calico Node n1    (known after apply: calico/node makes it)',
  ],
  ['systemd-unit', 'unit:x.service', 'none', [], 'unit x.service'],
  ['sysctl', 'sysctl:net.ipv4.ip_forward', 'none', [], 'sysctl net.ipv4.ip_forward'],
  ['absent', 'file:/etc/old', 'none', [], 'no /etc/old'],
]

test.each(table)('%s %s %s is told as an admin would', (kind, key, action, changes, words) => {
  expect(itemInWords(item('n1', kind, key, action, changes))).toBe(words)
})

test('a kind that nobody gave words is told by its name and fields', () => {
  expect(itemInWords(item('n1', 'calico-node', 'calico:n1', 'change', [changed('asNumber', 64512, 64513)]))).toBe(
    'calico-node n1    asNumber 64512 → 64513',
  )
})

test('what a host or an admin wrote stays on its line and cannot drive the terminal', () => {
  const hostile = item('n1', 'file', 'file:/etc/a\n\u001b[31mb\tc', 'change', [changed('owner', '\u001b]0;x\u0007', 'root:root')])
  expect(itemInWords(hostile)).toBe('file /etc/a\\n\\x1b[31mb\\tc    owner \\x1b]0;x\\x07 → root:root')
})

test('what another user does says so', () => {
  const planned = item('n1', 'file', 'file:/etc/x', 'create', [made('content', text), made('mode', '0644'), made('owner', 'app:app')])
  expect(itemInWords({ ...planned, as: 'app' })).toBe('file /etc/x    0644 app:app    as app')
})
