import fc from 'fast-check'
import { anyIni } from './any-ini.js'
import { anyScript, anyToml } from './any-data.js'
import { groupNames, plainHosts, rarely } from './any-word.js'
import { anyJsonVariables, anyVariables, anyYaml } from './any-yaml.js'
import { anyPattern } from './any-pattern.js'

/** Files of an inventory, and what ansible-inventory is asked of it, both as a test can print and keep them. */
export interface Layout {
  files: Record<string, string>
  /** Those with the executable bit. */
  programs?: string[]
  sources: string[]
  /** Words besides the sources: `--list`, `--limit` … */
  args: string[]
}

type Files = [path: string, text: string][]

const source = (folder: string): fc.Arbitrary<{ files: Files; source: string; program?: string }> => {
  const one = (arbitrary: fc.Arbitrary<string>, ...names: string[]) =>
    fc
      .tuple(arbitrary, fc.constantFrom(...names))
      .map(([text, name]) => ({ files: [[`${folder}/${name}`, text]] as Files, source: `${folder}/${name}` }))
  return fc.oneof(
    { weight: 8, arbitrary: one(anyIni, 'hosts', 'hosts.ini', 'hosts.ini', 'site.conf', 'a.b.c') },
    { weight: 6, arbitrary: one(anyYaml, 'hosts.yml', 'hosts.yaml', 'hosts') },
    { weight: 2, arbitrary: one(anyToml, 'hosts.toml') },
    { weight: 1, arbitrary: one(anyScript, 'dynamic.sh', 'dynamic').map(made => ({ ...made, program: made.source })) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.constantFrom(...plainHosts, 'h1:22', '[fe80::1]:22', 'fe80::1', 'n[1:3]', 'a b', ' h2 ', 'h:x', 'web'), {
          minLength: 1,
          maxLength: 4,
        })
        .map(hosts => ({ files: [] as Files, source: `${hosts.join(',')},` })),
    },
    { weight: 2, arbitrary: folderOf(folder) },
  )
}

/** A folder of sources, with what is to be left out. */
const folderOf = (folder: string) =>
  fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: fc.tuple(fc.constantFrom('01', '02.ini', 'z.conf', 'sub/b'), anyIni) },
        { weight: 2, arbitrary: fc.tuple(fc.constantFrom('03.yml', 'x', 'sub/c.yaml'), anyYaml) },
        {
          weight: 1,
          arbitrary: fc.tuple(
            fc.constantFrom('.hidden', 'a~', 'b.retry', 'c.cfg', 'd.md', 'e.txt', 'f.bak', 'g.orig', 'h.swp', 'vars_plugins/x'),
            fc.constant('[broken x\n'),
          ),
        },
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map(entries => ({ files: entries.map(([name, text]) => [`${folder}/${name}`, text] as [string, string]), source: folder }))

const extensions = fc.constantFrom(
  '',
  '.yml',
  '.yml',
  '.yaml',
  '.json',
  '.txt',
  '/main.yml',
  '/10',
  '/sub/x.yml',
  '/sub.d/x.yml',
  '/.h.yml',
  '/b.yml~',
  '/c.txt',
  '/d.json',
)

/** group_vars and host_vars beside something. */
const besides = (folder: string): fc.Arbitrary<Files> =>
  fc.array(
    fc
      .tuple(
        fc.constantFrom('group_vars', 'group_vars', 'host_vars'),
        fc.constantFrom('all', ...groupNames.slice(0, 4), 'ungrouped', ...plainHosts.slice(0, 3)),
        extensions,
      )
      .chain(([kind, name, extension]) =>
        fc.tuple(fc.constant(`${folder}/${kind}/${name}${extension}`), extension.endsWith('.json') ? anyJsonVariables : anyVariables),
      ),
    { maxLength: 3 },
  )

const asked = fc.oneof(
  { weight: 8, arbitrary: fc.constant(['--list']) },
  { weight: 2, arbitrary: anyPattern.map(limit => ['--list', `--limit=${limit}`]) },
  { weight: 2, arbitrary: fc.constant(['--list', '--export']) },
  { weight: 2, arbitrary: fc.constantFrom(['--graph'], ['--graph', '--vars'], ['--graph', 'web', '--vars']) },
  { weight: 2, arbitrary: fc.constantFrom(...plainHosts, 'nobody').map(host => ['--host', host]) },
)

/** Everything that points 1 and 2 of an inventory can be, in one layout. */
export const anyLayout: fc.Arbitrary<Layout> = fc
  .record({
    first: source('s1'),
    second: rarely(source('s2'), 2),
    beside: besides('s1'),
    besideSecond: rarely(besides('s2'), 2),
    play: rarely(besides('play'), 2),
    args: asked,
  })
  .map(({ first, second, beside, besideSecond, play, args }) => {
    const sources = [first, ...(second ? [second] : [])]
    const programs = sources.flatMap(({ program }: { program?: string }) => program ?? [])
    return {
      files: withoutClashes([...sources.flatMap(({ files }) => files), ...beside, ...(besideSecond ?? []), ...(play ?? [])]),
      ...(programs.length > 0 ? { programs } : {}),
      sources: sources.map(({ source: written }) => written),
      args: [...args, ...(play ? ['--playbook-dir', 'play'] : [])],
    }
  })

/** What is a file cannot be a folder too. */
function withoutClashes(files: Files): Record<string, string> {
  const kept = new Map<string, string>()
  for (const [path, text] of files) {
    const clashes = [...kept.keys()].some(other => other.startsWith(`${path}/`) || path.startsWith(`${other}/`))
    if (!clashes) kept.set(path, text)
  }
  return Object.fromEntries(kept)
}
