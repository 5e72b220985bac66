import { ansibleIn, ansibleVersion } from '../test/ansible/ansible-core.js'
import { ansible } from './ansible.js'
import { listHosts, listScript, syntaxCheck, version } from './controller.js'
import { effectOn, resetHosts } from './hosts.js'
import { spread, type Sample } from './measure.js'
import { equalScript } from './equal-script.js'
import type { BenchOptions } from './options.js'
import { applyManyFiles, bareClient, check, checkManyFiles, firstApply } from './programs.js'
import { namesPerHost, type Setting } from './setting.js'
import { maxRss, medianCpuMs, medianMs, seconds, type Row, type Target } from './table.js'

type Say = (line: string) => void

/** All measurements, one after another: whatever is compared is measured in turns. */
export async function sitting(setting: Setting, options: BenchOptions, say: Say): Promise<{ rows: Row[]; targets: Target[] }> {
  const applies = await measureApplies(setting, options, say)
  const checks = await measureChecks(setting, options, say)
  const ansibles = options.ansible ? await measureAnsible(setting, options, applies.effect, say) : undefined
  const starts = await measureStarts(setting, options, say)
  const thousand = options.thousand ? await measureThousand(setting, say) : undefined
  const { equal, byHand, netplay, few, many } = checks
  return {
    rows: [equal, byHand, netplay, applies.row, few, many, ...(ansibles?.rows ?? []), ...starts.rows, ...(thousand?.rows ?? [])],
    targets: [
      { what: 'check against the bare client', value: ratio(netplay, equal), unit: 'x', atMost: 1.5 },
      { what: 'check of 80 tasks against 5', value: ratio(many, few), unit: 'x', atMost: 1.3 },
      ...(ansibles?.targets(netplay, applies.row) ?? []),
      ...starts.targets,
      ...(thousand?.targets ?? []),
    ],
  }
}

const ratio = (one: Row, other: Row) => medianMs(one) / medianMs(other)

async function measureApplies(setting: Setting, { runs }: BenchOptions, say: Say) {
  const samples: Sample[] = []
  for (let i = 0; i < Math.ceil(runs / 2); i++) {
    await resetHosts(setting.lab)
    samples.push(await firstApply(setting))
    say(`netplay, first apply: ${seconds(samples.at(-1)!.ms)}`)
  }
  return { row: { what: 'netplay: first apply', samples, hosts: setting.lab.hosts.length }, effect: await effectOn(setting.lab) }
}

async function measureChecks(setting: Setting, { runs }: BenchOptions, say: Say) {
  await applyManyFiles(setting, 80)
  const hosts = setting.lab.hosts.length
  const equalFile = await equalScript(setting)
  const equal: Row = { what: "bare ssh2 client: netplay's questions in one script", samples: [], hosts }
  const byHand: Row = { what: 'bare ssh2 client: a script by hand, fewest processes', samples: [], hosts }
  const netplay: Row = { what: 'netplay: check, nothing to do', samples: [], hosts }
  const few: Row = { what: 'netplay: check of 5 tasks', samples: [], hosts }
  const many: Row = { what: 'netplay: check of 80 tasks', samples: [], hosts }
  for (let i = 0; i < runs; i++) {
    equal.samples.push(await bareClient(setting, equalFile))
    byHand.samples.push(await bareClient(setting, `${setting.benchFolder}/probe.sh`))
    netplay.samples.push(await check(setting))
    few.samples.push(await checkManyFiles(setting, 5))
    many.samples.push(await checkManyFiles(setting, 80))
    say([equal, byHand, netplay, few, many].map(({ what, samples }) => `${what} ${seconds(samples.at(-1)!.ms)}`).join('; '))
  }
  return { equal, byHand, netplay, few, many }
}

/** Once each: it takes minutes. */
async function measureAnsible(setting: Setting, { cacheFolder }: BenchOptions, effect: string, say: Say) {
  const bin = await ansibleIn(cacheFolder, say)
  const hosts = setting.lab.hosts.length
  await resetHosts(setting.lab)
  const first = await ansible(setting, bin)
  say(`ansible-core, first apply: ${seconds(first.ms)}, ${first.changed} changed`)
  const found = await effectOn(setting.lab)
  if (found !== effect) throw new Error(`ansible-core left the hosts otherwise than netplay:\n${effect}\n${found}`)
  const again = await ansible(setting, bin, ['--check', '--diff'])
  say(`ansible-core, check: ${seconds(again.ms)}, ${again.ok} ok`)
  if (again.changed !== 0) throw new Error(`ansible-core would change ${again.changed} things on hosts as wanted`)
  const rows: [Row, Row] = [
    { what: `ansible-core ${ansibleVersion}: check, nothing to do`, samples: [again], hosts },
    { what: `ansible-core ${ansibleVersion}: first apply`, samples: [first], hosts },
  ]
  const targets = (check: Row, apply: Row): Target[] => [
    { what: 'check, faster than ansible-core', value: ratio(rows[0], check), unit: 'x', atLeast: 80 },
    { what: 'first apply, faster than ansible-core', value: ratio(rows[1], apply), unit: 'x', atLeast: 25 },
  ]
  return { rows, targets }
}

async function measureStarts(setting: Setting, { runs }: BenchOptions, say: Say) {
  const wanted: { what: string; run: (setting: Setting) => Promise<Sample>; atMost: number; mostMegabytes?: number }[] = [
    { what: 'netplay --version', run: version, atMost: 150 },
    { what: 'netplay playbooks/site.yml --syntax-check', run: syntaxCheck, atMost: 500 },
    { what: 'netplay --list-hosts of 10,000 hosts', run: listHosts, atMost: 6000 },
    { what: 'netplay inventory --list, a script of 2,000 hosts', run: listScript(2_000), atMost: 2000 },
    { what: 'netplay inventory --list, a script of 10,000 hosts', run: listScript(10_000), atMost: 6000, mostMegabytes: 500 },
  ]
  const rows: Row[] = wanted.map(({ what }) => ({ what, samples: [] }))
  for (let i = 0; i < runs; i++) for (const [at, { run }] of wanted.entries()) rows[at]!.samples.push(await run(setting))
  say(rows.map(({ what, samples }) => `${what} ${seconds(spread(samples.map(({ ms }) => ms)).median)}`).join('; '))
  const targets = wanted.flatMap(({ what, atMost, mostMegabytes }, i): Target[] => [
    { what, value: medianMs(rows[i]!), unit: ' ms', atMost },
    ...(mostMegabytes === undefined
      ? []
      : [{ what: `memory of ${what}`, value: maxRss(rows[i]!) / 1e6, unit: ' MB' as const, atMost: mostMegabytes }]),
  ])
  return { rows, targets }
}

/** The lab's hosts under many names: every name is a connection, a shell, facts and probes of its own. */
async function measureThousand(setting: Setting, say: Say) {
  const names = setting.lab.hosts.length * namesPerHost
  const sample = await check(setting, { inventory: setting.manyInventory, hosts: names })
  const row: Row = { what: `netplay: check of ${names} names (${namesPerHost} a host)`, samples: [sample], hosts: names }
  say(`${row.what}: ${seconds(sample.ms)}`)
  const targets: Target[] = [
    { what: `controller CPU a host, ${names} names`, value: medianCpuMs(row) / names, unit: ' ms', atMost: 8 },
    { what: `controller memory, ${names} names`, value: sample.maxRssBytes / 1e6, unit: ' MB', atMost: 400 },
  ]
  return { rows: [row], targets }
}
