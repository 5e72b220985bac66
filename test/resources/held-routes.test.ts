import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { preludeFor } from '../../src/resources/prelude-for.js'
import { comparedWords, parseHeldRoutes, releasedWords } from '../../src/resources/held-routes-compare.js'
import { heldAgreement } from '../../src/resources/held-routes-check.js'
import { heldRoutesKind, type HeldRoutes, type HeldRoutesState } from '../../src/resources/held-routes.js'
import type { World } from '../../src/resources/resource.js'

/** Runs functions of the prelude on a host whose `ip` answers from files and writes down what it is told. */
function onHostWith({ main = '', table = '', tunnels = [] as string[] }, text: string): { stdout: string; told: string } {
  const folder = mkdtempSync(join(tmpdir(), 'np-held-'))
  try {
    writeFileSync(join(folder, 'main'), main)
    writeFileSync(join(folder, 'table'), table)
    writeFileSync(join(folder, 'told'), '')
    const fake = `
ip() { IFS=' '
  case "$*" in
    *-batch*) cat >>${folder}/told ;;
    *' show table main '*) cat ${folder}/main ;;
    *' match '*) for w; do :; done; case " $COVERED " in *" $w "*) echo yes ;; esac ;;
    *' show table '*) cat ${folder}/table ;;
    *) printf '%s\\n' "$*" >>${folder}/told ;;
  esac
}
np_held_tunnel() { case ' ${tunnels.join(' ')} ' in *" $1 "*) return 0 ;; esac; return 1; }`
    const script = `set -eu\n${preludeFor(text)}\nCOVERED=\${COVERED:-}\n${fake}\n${text}`
    const stdout = execFileSync('sh', ['-c', script], { encoding: 'utf8' })
    return { stdout, told: execFileSync('cat', [join(folder, 'told')], { encoding: 'utf8' }) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const words = (line: string, tunnels: string[] = []) =>
  onHostWith({ tunnels }, `np_held_words '${line}'; printf '%s|%s|%s' "$np_to" "$np_way" "$np_hop"`).stdout.split('|')

describe('a route of main, as it is copied', () => {
  test.each([
    ['of BIRD without encapsulation', '10.244.1.0/26 via 198.18.0.12 dev eth0 proto bird', ' via 198.18.0.12 dev eth0'],
    ['over IPIP', '10.244.1.0/26 via 198.18.0.12 dev tunl0 proto bird onlink', ' via 198.18.0.12 dev tunl0 onlink'],
    ['over VXLAN of calico', '10.244.2.0/26 via 10.244.2.1 dev vxlan.calico onlink', ' via 10.244.2.1 dev vxlan.calico onlink'],
    ['over VXLAN of flannel', '10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink', ' via 10.244.2.0 dev flannel.1 onlink'],
    ['of flannel host-gw', '10.244.2.0/24 via 198.18.0.13 dev eth1', ' via 198.18.0.13 dev eth1'],
    [
      'with a source and an MTU',
      '10.244.1.0/24 via 198.18.0.12 dev eth0 proto static src 198.18.0.11 metric 50 mtu lock 1400',
      ' src 198.18.0.11 mtu lock 1400 via 198.18.0.12 dev eth0',
    ],
    ['of a next-hop object', '10.244.1.0/24 nhid 12 via 198.18.0.12 dev eth0 proto bgp metric 20', ' via 198.18.0.12 dev eth0'],
    [
      'with several next hops',
      '10.244.1.0/24 proto bird metric 32 \\\tnexthop via 198.18.0.12 dev eth0 weight 1 \\\tnexthop via 198.18.1.12 dev eth1 weight 2 onlink',
      ' nexthop via 198.18.0.12 dev eth0 weight 1 nexthop via 198.18.1.12 dev eth1 weight 2 onlink',
    ],
    ['of IPv6', 'fd00:1::/64 via fe80::1 dev eth0 proto bird metric 1024 pref medium', ' via fe80::1 dev eth0'],
    ['of IPv4 by a gateway of IPv6', '10.244.1.0/24 via inet6 fe80::1 dev eth0', ' via inet6 fe80::1 dev eth0'],
  ])('%s', (_, line, hop) => expect(words(line)[2]).toBe(hop))

  test('through a tunnel device without a gateway', () =>
    expect(words('10.244.0.0/16 dev flannel0 proto kernel scope link src 10.244.0.0', ['flannel0'])).toEqual([
      '10.244.0.0/16',
      ' dev flannel0',
      ' src 10.244.0.0 dev flannel0',
    ]))

  test.each([
    ["the host's own block", 'blackhole 10.244.0.0/26 proto bird', '10.244.0.0/26'],
    ['a pod of this host', '10.244.0.5 dev cali1234 scope link', '10.244.0.5'],
    ['its bridge', '10.244.0.0/24 dev cni0 proto kernel scope link src 10.244.0.1', '10.244.0.0/24'],
    ['a way back to main', 'throw 10.244.0.0/24', '10.244.0.0/24'],
  ])('not: %s', (_, line, to) => expect(words(line)).toEqual([to, '', '']))

  test('not: one whose link is down, though it is still where it leads', () =>
    expect(words('10.244.1.0/24 via 198.18.0.12 dev eth0 linkdown')).toEqual(['10.244.1.0/24', ' via 198.18.0.12 dev eth0', '']))
})

const main = `blackhole 10.244.0.0/26 proto bird 
10.244.0.5 dev cali1 scope link 
10.244.1.0/26 via 198.18.0.12 dev eth0 proto bird 
10.244.1.0/26 via 198.18.0.99 dev eth0 proto static metric 50 
10.244.1.9 dev cali2 scope link 
10.244.2.0/26 via 198.18.0.13 dev tunl0 proto bird onlink 
`

describe('copying', () => {
  test("takes the ways to other hosts, the first metric of each, and leaves the host's own alone", () => {
    expect(onHostWith({ main }, 'np_held_copy 4 10.244.0.0/16 52001').told).toBe(
      'route add 10.244.1.0/26 table 52001 via 198.18.0.12 dev eth0\nroute add 10.244.2.0/26 table 52001 via 198.18.0.13 dev tunl0 onlink\n',
    )
  })

  test("a pod of this host inside another host's block is looked up in main", () => {
    expect(onHostWith({ main }, 'COVERED=10.244.1.9; np_held_copy 4 10.244.0.0/16 52001').told).toMatch(
      /-4 route replace throw 10\.244\.1\.9 table 52001\n$/,
    )
  })

  test('what the table already has stays: main may be worse by then', () => {
    const table = '10.244.1.0/26 via 198.18.0.12 dev eth0 \n'
    expect(onHostWith({ main: main.replaceAll('0.12', '0.77'), table }, 'np_held_copy 4 10.244.0.0/16 52001').told).toBe(
      'route add 10.244.2.0/26 table 52001 via 198.18.0.13 dev tunl0 onlink\n',
    )
  })
})

describe('comparing', () => {
  const table = `10.244.1.0/26 via 198.18.0.12 dev eth0 
throw 10.244.1.9 
10.244.2.0/26 via 198.18.0.13 dev tunl0 onlink 
10.244.3.0/26 via 198.18.0.14 dev eth0 
`
  test('tells of each held route whether main has it', () => {
    const { stdout } = onHostWith({ main: main.replace('0.13', '0.77'), table }, 'np_held_compare 4 10.244.0.0/16 52001')
    expect(parseHeldRoutes(stdout.split('\n'))).toEqual([
      { found: 'same', prefix: '10.244.1.0/26', way: 'via 198.18.0.12 dev eth0' },
      { found: 'differs', prefix: '10.244.2.0/26', way: 'via 198.18.0.13 dev tunl0' },
      { found: 'lacks', prefix: '10.244.3.0/26', way: 'via 198.18.0.14 dev eth0' },
    ])
    expect(comparedWords(parseHeldRoutes(stdout.split('\n')))).toBe(
      '1 of 3 held routes are not in main: 10.244.3.0/26 via 198.18.0.14 dev eth0; 1 of 3 held routes lead elsewhere in main: 10.244.2.0/26 via 198.18.0.13 dev tunl0',
    )
  })

  test.each([
    [
      'all are equal',
      ['rule=present table=held', 'same 10.244.1.0/26 via 198.18.0.12 dev eth0'],
      { holds: true, detail: '1 of 1 routes are equal' },
    ],
    [
      'one is missing',
      ['rule=present table=held', 'lacks 10.244.1.0/26 via 198.18.0.12 dev eth0'],
      { holds: false, evidence: 'lacks 10.244.1.0/26 via 198.18.0.12 dev eth0' },
    ],
    [
      'the timer came first, with all in main',
      ['rule=absent table=clear', 'released at T', 'released same 10.244.1.0/26 via 198.18.0.12 dev eth0'],
      { holds: false, stops: true, reason: 'its timer released it at T, when 1 of 1 routes are equal' },
    ],
    [
      'the timer came first, with one missing',
      ['rule=absent table=clear', 'released at T', 'released lacks 10.244.1.0/26 x'],
      { holds: false },
    ],
  ])('the gate before the release: %s', (_, lines, verdict) => {
    const found = heldAgreement.verdict(
      { words: [] },
      { host: 'n1', hosts: [], setups: {}, etcd: [] },
      { output: lines.join('\n'), exit: 0 },
    )
    expect(found).toMatchObject(verdict)
    expect('stops' in found).toBe('stops' in verdict)
  })
  test.each([
    ['lacks 10.244.1.0/26 via 198.18.0.14 dev eth0', true],
    ['differs 10.244.1.0/26 via 198.18.0.14 dev eth0', true],
    ['lacks 10.244.1.0/26 via 198.18.0.12 dev eth0', false],
    ['lacks 10.244.1.0/26 nexthop via 198.18.0.14 dev eth0 nexthop via 198.18.0.12 dev eth0', false],
  ])('with 198.18.0.14 away, "%s" is waited for or not', (line, isHeld) => {
    const seen = { host: 'n1', hosts: [], setups: {}, etcd: [] }
    const output = `rule=present table=held\n${line}`
    expect(heldAgreement.verdict({ words: [], away: ['198.18.0.14'] }, seen, { output, exit: 0 }).holds).toBe(isHeld)
  })
})

describe('the kind', () => {
  const desired: HeldRoutes = { name: 'reflectors', podCidr: '10.244.0.0/16', timeoutSeconds: 600, held: true }
  const off: HeldRoutesState = { rule: false, table: false, ours: false, plan: '', released: [] }
  const world = { salt: 'a', state: () => undefined, source: () => ({ digest: '', sizeBytes: 0 }) } as World
  const armed = heldRoutesKind.after(desired, off, world)

  test('arming is one change, and nothing once this plan has armed it', () => {
    expect(heldRoutesKind.diff(desired, off, world)).toEqual([{ field: 'held', before: null, after: '10.244.0.0/16' }])
    expect(heldRoutesKind.diff(desired, armed, world)).toEqual([])
  })
  test('what another plan armed is armed anew: it needs its whole time', () => {
    expect(heldRoutesKind.diff(desired, armed, { ...world, salt: 'b' })).toMatchObject([
      { before: expect.stringContaining('an earlier run') },
    ])
  })
  test('a timer that came first is told', () => {
    const released = ['at 2026-11-25T02:31:00Z', 'lacks 10.244.1.0/26 via 198.18.0.12 dev eth0']
    expect(heldRoutesKind.diff(desired, { ...off, released }, world)[1]).toEqual({
      field: 'released by its timer',
      before: releasedWords(released),
      after: null,
    })
    expect(releasedWords(released)).toBe(
      'at 2026-11-25T02:31:00Z, when 1 of 1 held routes are not in main: 10.244.1.0/26 via 198.18.0.12 dev eth0',
    )
  })
  test.each([[{ rule: true, table: true }], [{ table: true }]])('a table that somebody else uses is refused', found => {
    expect(() => heldRoutesKind.diff(desired, { ...off, ...found }, world)).toThrow(/routing table \d+ is in use/)
  })
  test('a host without systemd-run is refused', () => {
    expect(() => heldRoutesKind.diff(desired, { ...off, lacks: 'systemd-run' }, world)).toThrow('systemd-run is not there')
  })
  test('releasing what is not held is nothing', () => {
    expect(heldRoutesKind.diff({ ...desired, held: false }, off, world)).toEqual([])
    expect(heldRoutesKind.diff({ ...desired, held: false }, armed, world)).toHaveLength(1)
  })
  test('the step names the hold, never a route', () => {
    const [step] = heldRoutesKind.steps(desired, off, world).map(String)
    expect(step).toMatch(/^np_held_arm reflectors 4 10\.244\.0\.0\/16 5\d{4} 100 600 [0-9a-f]{16} /)
  })
})
