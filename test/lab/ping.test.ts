import { parseTime } from '../../lab/commands-parts.js'
import { parseCut, podOf } from '../../lab/cut.js'
import { formatPingReport, makePingReport } from '../../lab/ping-report.js'
import type { LabPod } from '../../lab/pod.js'

const pod = (host: string, name: string, address: string): LabPod => ({
  ...{ host, name, address, netns: `/run/netns/pod-${name}`, mtu: 1450 },
  network: { file: '10-flannel.conflist', name: 'cbr0' },
})
const pods = [pod('n1', 'p1', '10.244.1.2'), pod('n2', 'p1', '10.244.2.2'), pod('n2', 'p2', '10.244.2.3')]
const told = (target: string, lost = 0) => ({ target, sent: 100, lost, longestGapMs: lost ? 310 : 10, lostSpans: [] })
const times = { intervalMs: 10, timeoutMs: 2000, durationMs: 1000 }

describe('a report', () => {
  const report = makePingReport(
    pods,
    [
      [told('10.244.2.2', 30), told('10.244.2.3')],
      [told('10.244.1.2', 29), told('10.244.2.3')],
      [told('10.244.1.2'), told('10.244.2.2')],
    ],
    times,
  )

  test('it has every ordered pair once, with the names of the pods', () => {
    expect(report.pairs.map(({ from, to }) => `${from} ${to}`)).toEqual([
      ...['n1/p1 n2/p1', 'n1/p1 n2/p2', 'n2/p1 n1/p1', 'n2/p1 n2/p2', 'n2/p2 n1/p1', 'n2/p2 n2/p1'],
    ])
  })

  test('it sums up', () => {
    expect(report).toMatchObject({
      sent: 600,
      lost: 59,
      pairs: expect.arrayContaining([expect.objectContaining({ from: 'n2/p1', to: 'n1/p1', lost: 29 })]) as unknown,
    })
  })

  test('it reads as a table', () => {
    expect(formatPingReport({ ...report, pairs: report.pairs.slice(0, 2) })).toBe(
      [
        'pair            sent  lost  longest gap',
        'n1/p1 -> n2/p1   100    30       310 ms',
        'n1/p1 -> n2/p2   100     0        10 ms',
        '2 pairs in 1.0 s, every 10 ms: 600 sent, 59 lost (no answer within 2000 ms)',
      ].join('\n'),
    )
  })
})

describe('a cut', () => {
  test('it names two pods and a time', () => {
    expect(parseCut('n1/p1:n2/p2:300')).toEqual({ from: 'n1/p1', to: 'n2/p2', ms: 300 })
  })

  test.each(['n1:n2', 'n1:n2:0', 'n1:n2:3s', ':n2:300', 'a:b:1:2'])('%s is none', text => {
    expect(() => parseCut(text)).toThrow(`"${text}" is no cut`)
  })

  test('a host stands for its first pod', () => {
    expect(podOf(pods, 'n2')).toBe(pods[1])
    expect(podOf(pods, 'n2/p2')).toBe(pods[2])
    expect(() => podOf(pods, 'n9')).toThrow('No pod n9')
  })
})

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['1.5', 1500],
  ['5m', 300_000],
])('%s is %d ms', (text, ms) => expect(parseTime(text)).toBe(ms))

test('what is no time is refused', () => expect(() => parseTime('10h')).toThrow('"10h" is no time'))
