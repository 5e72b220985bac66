import type { RunEvent } from '../../src/events.js'
import { changed, item, made } from './planned.js'
import { finished, planMade, planned, recapOf, shown, started } from './told.js'

const hosts = ['n1', 'n2', 'n3']
const fine = Object.fromEntries(hosts.map(host => [host, recapOf({ ok: 2 })]))
const recap = hosts
  .map(
    host => `${host}                         : ok=2    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0   \n`,
  )
  .join('')
const file = (host: string) => item(host, 'file', 'file:/etc/x', 'create', [made('content', { text: 'a\n' }), made('mode', '0644')])
const named = { role: 'web', task: 'Write x', key: 'file:/etc/x', item: 's1.n1.1' }

describe('a check', () => {
  test('that finds nothing says so in one line, and the recap', async () => {
    const text = await shown(
      [started('check', hosts), planned(hosts), item('n1', 'file', 'file:/etc/x', 'none'), planMade, finished(fine)],
      { diff: true },
    )
    expect(text).toBe(`No changes. 3 hosts are as wanted.\n\nPLAY RECAP\n${recap}`)
  })

  test('tells what would change, play by play, and what is as wanted by number', async () => {
    const drift = item('n2', 'file', 'file:/etc/x', 'change', [changed('content', { text: 'a\n' }, { text: 'b\n' })])
    const text = await shown([started('check', hosts), planned(hosts), drift, planMade, finished(fine)], { diff: true })
    expect(text).toBe(`site.yml · 3 hosts · 1 play · 1 task

PLAY 1 web                                                                      3 hosts, 2 as wanted
  ~ file /etc/x                                                                                   n2
      @@ -1,1 +1,1 @@
      - a
      + b

Would change: 1 host, 1 item. 2 hosts are as wanted. Nothing was written.

PLAY RECAP
${recap}`)
  })

  test('a play that matched nobody says so', async () => {
    expect(await shown([started('check', []), planned([]), planMade, finished({})])).toBe(`site.yml · 0 hosts · 1 play · 0 tasks

PLAY 1 web                                                                skipping: no hosts matched

No hosts matched.
`)
  })

  test('-v adds what changes nothing and the times, -vvv the requests', async () => {
    const events: RunEvent[] = [
      started('check', ['n1']),
      { type: 'host-connected', host: 'n1', ms: 210 },
      { type: 'host-facts', host: 'n1', ms: 40 },
      { type: 'host-probed', host: 'n1', ms: 90 },
      planned(['n1']),
      item('n1', 'file', 'file:/etc/x', 'none'),
      planMade,
      { ...finished({}), requests: { n1: { facts: 1, probes: 1 } } } as RunEvent,
    ]
    expect(await shown(events, { verbose: 1 })).toBe(`site.yml · 1 host · 1 play · 1 task

PLAY 1 web                                                                             n1, as wanted
  = file /etc/x                                                                                   n1

No changes. 1 host is as wanted.

n1  connected 0.2 s · facts 0.0 s · probes 0.1 s
1.2 s
`)
    expect(await shown(events, { verbose: 3 })).toContain('probes 0.1 s    requests: facts 1, probes 1\n')
  })
})

describe('a plan', () => {
  const events = [started('plan', ['n1']), planned(['n1']), file('n1'), planMade]
  test('that is not saved says what that means', async () => {
    const text = await shown([...events, finished({})])
    expect(text).toContain('Plan: 1 to add, 0 to change, 0 to destroy.\n')
    expect(text).toContain(
      'Not saved: a later run plans anew, and may find something else. --out FILE keeps this plan for netplay apply.\n',
    )
  })
  test('that is saved says where', async () => {
    const text = await shown([...events, { type: 'plan-saved', plan: 'p1', file: 'window.plan' }, finished({})])
    expect(text).toContain('Saved to window.plan. Next: netplay apply window.plan\n')
    expect(text).not.toContain('Not saved')
  })
})

describe('an apply that is not on a terminal', () => {
  const stage: RunEvent = { type: 'stage-started', play: 1, stage: 1, name: 'web', hosts: ['n1', 'n2'], batch: 1, batches: 2, changes: 2 }
  const events: RunEvent[] = [
    started('apply', ['n1', 'n2']),
    planned(['n1', 'n2']),
    file('n1'),
    file('n2'),
    planMade,
    stage,
    { type: 'item-started', host: 'n1', ...named, action: 'create' },
    { type: 'item-progress', host: 'n1', item: 's1.n1.1', text: 'file:/etc/x', done: 26e6, total: 51e6, unit: 'bytes' },
    { type: 'item-progress', host: 'n1', item: 's1.n1.1', text: 'file:/etc/x', done: 51e6, total: 51e6, unit: 'bytes' },
    { type: 'item-changed', host: 'n1', ...named, ms: 412 },
    { type: 'item-ok', host: 'n1', ...named, key: 'gate:lease', task: 'A lease', ms: 2310 },
    {
      type: 'item-failed',
      host: 'n2',
      ...named,
      origin: 'site.yml:14:7',
      ms: 12,
      error: {
        code: 'STEP_FAILED',
        message: 'file:/etc/x: its step exited with status 1',
        words: 'No space left on device',
        leftAs: 'Nothing before it was to do.',
        next: 'Make room.',
      },
    },
    { type: 'stage-ended', play: 1, stage: 1, ms: 500 },
    { type: 'host-ended', host: 'n1', end: 'done' },
    { type: 'host-ended', host: 'n2', end: 'failed' },
    finished({ n1: recapOf({ ok: 2, changed: 1 }), n2: recapOf({ ok: 1, failed: 1 }) }, { n1: 'done', n2: 'failed' }),
  ]

  test('is one line an event with the host first, and trouble is told once at the end', async () => {
    expect(await shown(events)).toBe(`site.yml · 2 hosts · 1 play · 1 task

To change: 2 hosts, 2 items.

PLAY 1 web  batch 1 of 2  n1 n2
n1 | /etc/x | 51 MB brought
n1 | web | Write x | changed  0.4 s
n1 | web | A lease | ok  2.3 s
n2 | web | Write x | failed  file:/etc/x: its step exited with status 1
n2 | failed

FAILED n2  web · Write x (site.yml:14:7)
  file:/etc/x: its step exited with status 1
    No space left on device
  Nothing before it was to do.
  Next: Make room.

PLAY RECAP
n1                         : ok=2    changed=1    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0   
n2                         : ok=1    changed=0    unreachable=0    failed=1    skipped=0    rescued=0    ignored=0   
`)
  })

  test('--diff lists what is about to change before it does', async () => {
    const text = await shown(events, { diff: true })
    expect(text.indexOf('      + a\n')).toBeGreaterThan(0)
    expect(text.indexOf('      + a\n')).toBeLessThan(text.indexOf('To change:'))
  })

  test('hosts that were not begun because one cannot be planned are told', async () => {
    const refused: RunEvent = {
      type: 'host-refused',
      host: 'n2',
      role: 'web',
      task: 'Write x',
      error: { code: 'REQUIREMENT', message: 'there is no folder /etc', next: 'Make it.' },
    }
    const text = await shown([
      started('apply', ['n1', 'n2']),
      planned(['n1', 'n2']),
      file('n1'),
      refused,
      planMade,
      finished({}, { n1: 'stopped', n2: 'failed' }),
    ])
    expect(text).toContain('Would change: 1 host, 1 item. Nothing was written.\n')
    expect(text).toContain('REFUSED n2  web · Write x\n  there is no folder /etc\n  Next: Make it.\n')
    expect(text).toContain('STOPPED n1  nothing was written there: the run ended before its first write.\n')
  })
})

test('a plan that hosts have moved away from is refused thing by thing', async () => {
  const [was, is] = ['91ab00', '5c2000'].map(start => `type=file mode=0644 uid=0 gid=0 digest=${start.padEnd(64, '0')}`)
  const stale: RunEvent = {
    type: 'plan-stale',
    plan: 'p1',
    madeAt: '2026-11-22T14:03:11.000Z',
    madeBy: 'ann@ops1',
    hosts: 40,
    moved: [
      { host: 'n7', key: 'file:/etc/cni/net.d/10-flannel.conflist', planned: was!, now: is! },
      { host: 'n12', key: 'unit:flannel.service', planned: 'enabled=yes active=yes', now: 'enabled=yes active=no' },
      { host: 'n12', key: 'file:/etc/x', planned: 'type=absent', now: is! },
    ],
    partial: false,
  }
  expect(await shown([started('apply', hosts), stale, finished({}, { n7: 'refused', n12: 'refused', n1: 'stopped' })])).toBe(
    `Refused: 2 of 40 hosts have moved since this plan was made (2026-11-22 14:03 UTC by ann@ops1).
  n7   /etc/cni/net.d/10-flannel.conflist  planned from sha256 91ab00…, now sha256 5c2000…
  n12  flannel.service                     planned from running, now stopped
  n12  /etc/x                              planned from absent, now a file, sha256 5c2000…
Nothing was written. Plan again, or apply to the 38 others with --partial.
`,
  )
})

test('a health check is told once for all hosts where it holds, and host by host where it does not', async () => {
  const judged = (host: string, check: string, more: object): RunEvent => ({ type: 'check-judged', check, host, holds: true, ...more })
  const log = Array.from({ length: 20 }, (_, i) => `line ${i}`).join('\n')
  const events: RunEvent[] = [
    { ...started('check', hosts), mode: 'verify' } as RunEvent,
    planned(hosts),
    planMade,
    judged('n3', 'Routes', { detail: '2 peers' }),
    judged('n1', 'Routes', { detail: '2 peers' }),
    judged('n2', 'Routes', { holds: false, reason: 'no route to 10.244.3.0/24', evidence: log, next: 'See `journalctl -u flannel`.' }),
    judged('n1', 'Pods', {}),
    judged('n2', 'Pods', {}),
    { type: 'checks-judged', held: 4, judged: 5, pending: 1 },
    finished({}),
  ]
  const seen = Array.from({ length: 8 }, (_, i) => `      line ${i + 12}\n`).join('')
  expect(await shown(events)).toBe(`No changes. 3 hosts are as wanted.

✔ Routes    2 peers                                                                            n1 n3
✖ n2  Routes: no route to 10.244.3.0/24
${seen}    Next: See \`journalctl -u flannel\`.
✔ Pods                                                                                       2 hosts

4 of 5 checks hold. 1 item would change.
`)
})

test('a warning names the hosts that it is about; a check that holds with one says so below it, once for all of them', async () => {
  const hosts = ['n1', 'n2', 'n3', 'n4']
  const judged = hosts.map((host): RunEvent => ({
    type: 'check-judged',
    check: 'The firewall',
    host,
    holds: true,
    ...(host === 'n1' ? {} : { warning: 'ufw is active' }),
  }))
  const text = await shown([
    started('check', hosts),
    { type: 'warning', message: 'the clocks agree: they do not', hosts },
    { type: 'warning', message: 'about the run' },
    ...judged,
    { type: 'checks-judged', held: 4, judged: 4, pending: 0 },
    finished({}),
  ])
  expect(text).toContain('WARNING the clocks agree: they do not  (n1–n4)\nWARNING about the run\n')
  expect(text).toMatch(/✔ The firewall .*4 hosts\n! The firewall: ufw is active {2}\(n2 n3 n4\)\n/)
})

test('on a terminal no line is wider than it: contents are cut, texts to act on are broken, the recap loses its padding', async () => {
  const long = 'x'.repeat(200)
  const unreachable: RunEvent = {
    type: 'host-unreachable',
    host: 'n2',
    error: { code: 'X', message: 'n2: no answer', next: 'See that the host is up and not overloaded, and that no firewall is in between.' },
  }
  const wide = item('n1', 'file', 'file:/etc/x', 'create', [made('content', { text: `${long}\n` })])
  const events = [
    started('check', ['n1', 'n2']),
    unreachable,
    planned(['n1', 'n2']),
    wide,
    planMade,
    finished({ n1: recapOf({ ok: 12 }), n2: recapOf({ unreachable: 1 }) }),
  ]
  const text = await shown(events, { diff: true }, { isTTY: true, columns: 80 })
  expect(text.split('\n').filter(line => line.length > 80)).toEqual([])
  expect(text).toContain(`      + ${'x'.repeat(71)}…\n`)
  expect(text).toContain('  Next: See that the host is up and not overloaded, and that no firewall is in\n  between.\n')
  expect(text).toContain('n2 : ok=0 changed=0 unreachable=1 failed=0 skipped=0 rescued=0 ignored=0\n')
  expect(await shown(events, { diff: true })).toContain(`      + ${long}\n`)
})

test('colours are for terminals, and never where NO_COLOR or --color says otherwise', async () => {
  const events = [started('check', ['n1']), planned(['n1']), file('n1'), planMade, finished({})]
  const before = process.env['NO_COLOR']
  try {
    delete process.env['NO_COLOR']
    const tty = { isTTY: true, columns: 100 }
    expect(await shown(events, { color: undefined }, tty)).toContain('\u001b[32m  + file /etc/x')
    expect(await shown(events, { color: undefined })).not.toContain('\u001b')
    expect(await shown(events, { color: 'always' })).toContain('\u001b[32m  + file /etc/x')
    process.env['NO_COLOR'] = '1'
    expect(await shown(events, { color: undefined }, tty)).not.toContain('\u001b')
  } finally {
    if (before === undefined) delete process.env['NO_COLOR']
    else process.env['NO_COLOR'] = before
  }
})

test('nothing that a host, an inventory or a role says reaches the terminal as a control character', async () => {
  const evil = '\u001b]0;owned\u0007\u009b31m\r\u202e'
  const host = `n1${evil}`
  const error = { code: 'X', message: `m${evil}`, words: `w${evil}`, leftAs: `l${evil}`, next: `x${evil}` }
  const of = { host, item: 'i', role: `r${evil}`, task: `t${evil}`, key: `file:/k${evil}` }
  const events: RunEvent[] = [
    { type: 'run-started', run: 'r', mode: 'apply', source: `s${evil}`, hosts: [host], plays: 1 },
    { type: 'warning', message: `w${evil}`, hosts: [host] },
    { type: 'check-judged', check: `c${evil}`, host, holds: true, warning: `w${evil}` },
    { type: 'play-planned', play: 1, name: `p${evil}`, hosts: [host] },
    {
      ...item(host, `k${evil}`, of.key, 'change', [
        changed(`f${evil}`, `a${evil}`, { unknown: evil }),
        changed('content', { text: evil }, { text: `b${evil}` }),
      ]),
      origin: `o${evil}`,
    },
    planMade,
    {
      type: 'plan-stale',
      plan: 'p',
      madeAt: '2026-11-22T14:03',
      madeBy: evil,
      hosts: 2,
      moved: [{ host, key: of.key, planned: evil, now: `type=${evil}` }],
      partial: true,
    },
    { type: 'stage-started', play: 1, stage: 1, name: `p${evil}`, hosts: [host], batch: 1, batches: 1, changes: 1 },
    { type: 'item-changed', ...of, ms: 1 },
    { type: 'item-progress', host, item: 'i', text: evil, done: 1, total: 1, unit: 'bytes' },
    { type: 'item-failed', ...of, origin: evil, ms: 1, error },
    { type: 'host-ended', host, end: 'failed', error },
    { type: 'check-judged', check: `c${evil}`, host, holds: false, reason: evil, evidence: evil, next: evil },
    { type: 'check-judged', check: `c${evil}`, host, holds: true, detail: evil },
    finished({ [host]: recapOf({ failed: 1 }) }, { [host]: 'stopped' }),
  ]
  const text = await shown(events, { diff: true, verbose: 3 })
  expect(text).toContain('owned')
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
})

test('hosts that are not done are told how to be done alone, but where none is done', async () => {
  const two = { n1: recapOf({ ok: 2 }), n2: recapOf({ failed: 1 }) }
  const of = (ends: Parameters<typeof finished>[1]) =>
    shown([started('apply', ['n1', 'n2']), { ...finished(two, ends), retry: '/runs/r1.retry' } as RunEvent])
  expect(await of({ n1: 'done', n2: 'failed' })).toContain('Again for those alone: --limit @/runs/r1.retry\n')
  expect(await of({ n1: 'failed', n2: 'failed' })).not.toContain('retry')
})

test('a terminal that does not know how wide it is, such as one of a script, is taken for 80 columns', async () => {
  const events = [started('check', ['n1']), planned(['n1']), file('n1'), planMade, finished({})]
  const text = await shown(events, { diff: true }, { isTTY: true, columns: 0 })
  expect(text).toBe(await shown(events, { diff: true }, { isTTY: true, columns: 80 }))
})
