import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { NetplayError } from '../../src/errors.js'
import { parseExtraVars } from '../../src/inventory/extra-vars.js'
import { loadInventory } from '../../src/inventory/load.js'
import { loadPlaybook } from '../../src/playbook/load.js'
import { playScope } from '../../src/playbook/play-scope.js'
import { evaluateText } from '../../src/templates/evaluate.js'
import type { Oracle } from './ansible-oracle.js'

const host = 'h1'
const names = ['v0', 'v1', 'v2', 'v3']
const groups = ['ga', 'gb', 'gc']

/** Files of a layout and what its play says; every place gives some of the variables. */
export interface PrecedenceLayout {
  files: Record<string, string>
  play: Record<string, unknown>
  extra: Record<string, unknown>
}

/** A value that tells its place, at times a template about another variable or a magic one. */
const valueAt = (place: string) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(place) },
    { weight: 1, arbitrary: fc.constantFrom(...names).map(name => `${place}-{{ ${name} }}`) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('inventory_hostname', 'group_names', 'groups.ga', "hostvars['h2'].v0 | default('none')")
        .map(name => `${place}-{{ ${name} }}`),
    },
  )

/** Variables of one place; most places leave most of them alone. */
const varsAt = (place: string) =>
  fc
    .subarray(names)
    .chain(chosen =>
      fc.tuple(...chosen.map(() => valueAt(place))).map(values => Object.fromEntries(chosen.map((name, at) => [name, values[at]!]))),
    )

const places = [
  ...['all', ...groups].flatMap(group => [`ini:${group}`, `inventory/group_vars/${group}`, `playbook/group_vars/${group}`]),
  ...['ini:host', `inventory/host_vars/${host}`, `playbook/host_vars/${host}`, 'inventory/host_vars/h2', 'play', 'vars_files', 'extra'],
]

export const layouts: fc.Arbitrary<PrecedenceLayout> = fc
  .record({
    vars: fc.tuple(...places.map(place => fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: varsAt(place) }))),
    members: fc.subarray(groups, { minLength: 1 }),
    child: fc.option(
      fc.constantFrom(
        ...([
          ['ga', 'gb'],
          ['gb', 'gc'],
          ['gc', 'ga'],
        ] as const),
      ),
    ),
    priority: fc.option(fc.record({ group: fc.constantFrom(...groups), value: fc.integer({ min: 1, max: 3 }) })),
  })
  .map(({ vars, members, child, priority }) => {
    const of = new Map(places.map((place, at) => [place, vars[at] as Record<string, string>]))
    const files = Object.fromEntries(
      places
        .filter(place => place.includes('_vars/'))
        .flatMap(place => (size(of.get(place)) > 0 ? [[`${place}.yml`, yaml(of.get(place)!)]] : [])),
    ) as Record<string, string>
    files['inventory/hosts.ini'] = ini(of, members, child, priority)
    const own = of.get('vars_files')!
    if (size(own) > 0) files['playbook/more.yml'] = yaml(own)
    return {
      files,
      play: {
        hosts: host,
        gather_facts: false,
        vars: of.get('play')!,
        ...(size(own) > 0 ? { vars_files: [['absent.yml', 'more.yml']] } : {}),
      },
      extra: of.get('extra')!,
    }
  })

const size = (vars: object | undefined) => Object.keys(vars ?? {}).length
const yaml = (vars: Record<string, string>) =>
  `${Object.entries(vars)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join('\n')}\n`

function ini(
  of: ReadonlyMap<string, Record<string, string>>,
  members: readonly string[],
  child: readonly [string, string] | null,
  priority: { group: string; value: number } | null,
): string {
  const own = Object.entries(of.get('ini:host')!).map(([name, value]) => `${name}="'${value.replaceAll("'", '')}'"`)
  const lines = [[host, ...own].join(' '), 'h2']
  for (const group of groups) lines.push(`[${group}]`, ...(members.includes(group) ? [host] : []))
  if (child) lines.push(`[${child[0]}:children]`, child[1])
  for (const group of ['all', ...groups]) {
    lines.push(`[${group}:vars]`, ...Object.entries(of.get(`ini:${group}`)!).map(([name, value]) => `${name}=${JSON.stringify(value)}`))
    if (priority?.group === group) lines.push(`ansible_group_priority=${priority.value}`)
  }
  return `${lines.join('\n')}\n`
}

/** What both say of the variables, each in its own words: a value, or `refused`. */
export async function compared(layout: PrecedenceLayout, oracle: Oracle): Promise<{ ours: object; theirs: object }> {
  const folder = mkdtempSync(join(tmpdir(), 'netplay-precedence-'))
  try {
    const files = { ...layout.files, 'playbook/site.yml': JSON.stringify([{ ...layout.play, roles: [] }]) }
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), content)
    }
    const [sources, playbook_dir] = [[join(folder, 'inventory/hosts.ini')], join(folder, 'playbook')]
    const answers = await oracle.layout({ sources, playbook_dir, play: layout.play, extra: layout.extra, host, names })
    const theirs = Object.fromEntries(Object.entries(answers).map(([name, answer]) => [name, 'error' in answer ? 'refused' : answer.value]))
    return { ours: await ourValues(sources, playbook_dir, layout.extra), theirs }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function ourValues(sources: string[], playbookDir: string, extra: Record<string, unknown>): Promise<object> {
  const extraVars = await parseExtraVars([JSON.stringify(extra)])
  const inventory = await loadInventory(sources, { playbookDir })
  const { plays } = await loadPlaybook([join(playbookDir, 'site.yml')], inventory, { extraVars })
  const scope = playScope({ inventory, extraVars }, plays[0]!, inventory.find(host)!)
  const origin = { file: 'case', line: 0, column: 0 }
  return Object.fromEntries(
    names.map(name => {
      try {
        return [name, evaluateText(`{{ ${name} }}`, scope, origin, 'case')?.value]
      } catch (error) {
        if (!(error instanceof NetplayError)) throw error
        return [name, 'refused']
      }
    }),
  )
}

/** Generated layouts on which both must agree. @returns how many were compared */
export async function agreeOn(count: number, seed: number, oracle: Oracle): Promise<number> {
  let done = 0
  await fc.assert(
    fc.asyncProperty(layouts, async layout => {
      const { ours, theirs } = await compared(layout, oracle)
      done++
      expect(ours).toEqual(theirs)
    }),
    { numRuns: count, seed },
  )
  process.stderr.write(`precedence: ${done} generated layouts agree with ansible-core, seed ${seed}\n`)
  return done
}
