import fc from 'fast-check'
import { loadInventory } from '../../src/inventory/load.js'
import { loadPlaybook } from '../../src/playbook/load.js'
import type { Session } from '../../src/transport/session.js'
import { describeOnHost } from '../resources/private-host.js'
import { inFolder } from '../support/playbook-folder.js'
import { openPrivateSession } from '../support/private-session.js'
import { carryOut, planFor } from './planned.js'

/** Writes what it is given by four ways, each into files of its own: names, contents, link targets and words of a command. */
const role = `import { command, defineRole, directory, file, sh, symlink } from 'netplay'
const strings = { type: 'array', items: { type: 'string' } } as const
export default defineRole({
  name: 'mine',
  params: { type: 'object', additionalProperties: false, required: ['names', 'texts'], properties: { names: strings, texts: strings } },
  tasks: ({ params: { names, texts }, vars }) => [
    directory('Folder', { path: '/srv/out' }),
    ...names.map((name, i) => file(\`File \${name}\`, { path: \`/srv/out/file-\${name}\`, content: texts[i] + '\\n' })),
    ...names.map((name, i) => symlink(\`Link \${name}\`, { path: \`/srv/out/link-\${name}\`, target: texts[i] || '-' })),
    file('Variable of a group', { path: '/srv/out/group', content: JSON.stringify(vars('of_group')) }),
    file('Variable of the inventory', { path: '/srv/out/ini', content: JSON.stringify(vars('of_ini')) }),
    ...texts.map((text, i) => command('Say it', { run: String(sh\`printf %s \${text} >\${'/srv/out/said-' + i}\`), done: String(sh\`test -e \${'/srv/out/said-' + i}\`) })),
  ],
})
`

const pieces = [
  "'",
  '"',
  '`touch /srv/pwned`',
  '$(touch /srv/pwned)',
  '${IFS}',
  '\n',
  '\\',
  '\\\\n',
  ' ',
  '-n',
  '*',
  '?',
  '[a]',
  '~',
  '#',
  '&',
  ';',
  '|',
  '>',
  '!',
  '%s',
  '$HOME',
  'é',
  '🐳',
  '\t',
  '\r',
  '=',
  '{a,b}',
  '\u001b[31m',
  '\u2028',
  'NP_NONCE',
  'EOF',
  'a',
]
const text = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 8 })
  .map(parts => parts.join('').replaceAll('\0', '').replaceAll('{{', '{'))
const name = text.map(parts => [...parts.replaceAll('/', '_')].slice(0, 40).join('')).filter(given => Buffer.byteLength(given) < 200)
const values = fc.record({
  of_group: text,
  of_ini: text,
  files: fc.uniqueArray(fc.tuple(name, text), { minLength: 3, maxLength: 6, selector: ([given]) => given }),
})

describeOnHost('a value that is shell to a careless program', () => {
  let session: Session
  beforeAll(async () => void (session = await openPrivateSession()), 30_000)
  afterAll(() => session.close())

  test('arrives as it is, as a name, a content, a link or a word of a command, and executes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(values, async ({ of_group, of_ini, files }) => {
        await session.request('rm -rf /srv/out /var/lib/netplay', { purpose: 'test' })
        const names = files.map(([given]) => given)
        const texts = files.map(([, given]) => given)
        const folder = {
          'roles/mine/role.ts': role,
          // What an INI host line gives is what Python reads: a string literal there is that string.
          'hosts.ini': `[nodes]\nn1\n[nodes:vars]\nof_ini=${pythonText(of_ini)}\n`,
          'group_vars/nodes.json': JSON.stringify({ of_group }),
          'site.yml': JSON.stringify([{ hosts: 'nodes', roles: [{ role: 'mine', names, texts }] }]),
        }
        await inFolder(folder, async () => {
          const playbook = await loadPlaybook(['site.yml'], await loadInventory(['hosts.ini'], { playbookDir: '.' }), {
            extraVars: new Map(),
          })
          const sessions = new Map([['n1', session]])
          const made = await planFor(playbook, sessions)
          expect([...made.refused.values()].map(String)).toEqual([])
          const { hosts } = await carryOut(made, sessions)
          expect(hosts.get('n1')).toMatchObject({ end: 'done' })
          expect(await found(session)).toEqual(wanted({ of_group, of_ini, files }))
          const again = await planFor(playbook, sessions)
          expect(again.plan.stages.flatMap(({ work }) => work['n1']!).filter(item => 'action' in item && item.action !== 'none')).toEqual(
            [],
          )
        })
      }),
      { numRuns: 12 },
    )
  }, 300_000)
})

/** A string as Python writes it, on one line. */
const pythonText = (given: string) =>
  JSON.stringify(given).replace(/[\u007f-\u009f\u2028\u2029]/g, sign => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)

interface Values {
  of_group: string
  of_ini: string
  files: [string, string][]
}

/** Name and bytes of everything below /srv, as hex, sorted. */
async function found(session: Session): Promise<string[]> {
  const look = `cd /srv; find . -mindepth 1 | wc -l; for path in $(find . -mindepth 1 -exec sh -c 'for p; do printf %s "$p" | od -An -v -tx1 | tr -d " \\n"; echo; done' sh {} +); do echo $path; done`
  const { stdout } = await session.request(look, { purpose: 'test' })
  const [, ...paths] = stdout.toString().trim().split('\n')
  const entries = await Promise.all(
    paths.map(async hex => {
      const path = `/srv/${Buffer.from(hex, 'hex').toString()}`
      const { stdout: content } = await session.request(
        `p=$(printf '${hex.replace(/../g, pair => `\\${parseInt(pair, 16).toString(8).padStart(3, '0')}`)}x'); p=/srv/\${p%x}; if [ -L "$p" ]; then readlink -n "$p"; elif [ -f "$p" ]; then cat "$p"; fi`,
        { purpose: 'test' },
      )
      return [path.replace('/srv/./', '/srv/'), content.toString()]
    }),
  )
  return entries.map(entry => JSON.stringify(entry)).sort()
}

const wanted = ({ of_group, of_ini, files }: Values): string[] =>
  [
    ['/srv/out', ''],
    ...files.map(([given, content]) => [`/srv/out/file-${given}`, `${content}\n`]),
    ...files.map(([given, content]) => [`/srv/out/link-${given}`, content || '-']),
    ...files.map(([, content], i) => [`/srv/out/said-${i}`, content]),
    ['/srv/out/group', JSON.stringify(of_group)],
    ['/srv/out/ini', JSON.stringify(of_ini)],
  ]
    .map(entry => JSON.stringify(entry))
    .sort()
