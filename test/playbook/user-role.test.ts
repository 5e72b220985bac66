import { spawnSync } from 'node:child_process'
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NetplayError } from '../../src/errors.js'
import { loadInventory } from '../../src/inventory/load.js'
import { roleContexts } from '../../src/playbook/context.js'
import { loadPlaybook } from '../../src/playbook/load.js'
import type { Playbook } from '../../src/playbook/model.js'
import { roleError } from '../../src/playbook/role-error.js'
import { validateTask } from '../../src/playbook/validate-task.js'
import type { Task } from '../../src/resources/resource.js'
import { fileKind } from '../../src/resources/file.js'
import { Secret } from '../../src/secret.js'
import { inFolder } from '../support/playbook-folder.js'

const site = '- hosts: all\n  roles: [mine]\n'
const role = (tasks: string, imports = 'defineRole, file') => `import { ${imports} } from 'netplay'

export default defineRole({
  name: 'mine',
  params: { type: 'object', properties: { port: { type: 'integer', default: 80 } } },
  ${tasks}
})
`

const load = async (): Promise<Playbook> => loadPlaybook(['site.yml'], await loadInventory(['n1,n2']), { extraVars: new Map() })
const inFolderWith = <T>(files: Record<string, string>, run: (dir: string) => Promise<T>) => inFolder({ 'site.yml': site, ...files }, run)

function tasksOf(playbook: Playbook): Task[] {
  const [play] = playbook.plays
  const context = roleContexts(playbook, play!, () => undefined)(play!.roles[0]!, play!.hosts[0]!)
  return play!.roles[0]!.role.role.tasks(context as never)
}

/** What goes wrong when a folder's playbook is loaded, its tasks made and looked at. */
const problemOf = (files: Record<string, string>) =>
  inFolderWith(files, async () => {
    try {
      for (const task of tasksOf(await load())) validateTask(task)
    } catch (error) {
      return (error as NetplayError).message
    }
    throw new Error('nothing was wrong')
  })

describe('a role of the admin, uncompiled', () => {
  test('runs with the copy of netplay that runs, never a second one', async () => {
    const text = role("tasks: () => [file('x', { path: '/x', content: new Secret('hidden') })],", 'defineRole, file, Secret')
    await inFolderWith({ 'roles/mine/role.ts': text }, async () => {
      const [task] = tasksOf(await load()) as [Task & { type: 'resource' }]
      expect(task.kind).toBe(fileKind)
      expect((task.desired as { content: unknown }).content).toBeInstanceOf(Secret)
    })
  })

  test('may be several files, in TypeScript, named with .js or .ts or no suffix', async () => {
    const files = {
      'roles/mine/role.ts': role('tasks: ({ params }) => [one(params.port), two, three],').replace(
        /^/,
        "import { one } from './one.js'\nimport { two } from './two.ts'\nimport { three } from '../shared/three'\n",
      ),
      'roles/mine/one.ts':
        "import { file } from 'netplay'\nexport const one = (port: number) => file('One', { path: '/one', content: `${port}` })\n",
      'roles/mine/two.ts': "import { file } from 'netplay'\nexport const two = file('Two', { path: '/two', content: '' })\n",
      'roles/shared/three.ts': "import { file } from 'netplay'\nexport const three = file('Three', { path: '/three', content: '' })\n",
    }
    const tasks = await inFolderWith(files, async () => tasksOf(await load()))
    expect(tasks.map(({ title }) => title)).toEqual(['One', 'Two', 'Three'])
  })

  test('may be plain JavaScript', async () => {
    const tasks = await inFolderWith({ 'roles/mine/role.js': role("tasks: () => [file('x', { path: '/x', content: '' })],") }, async () =>
      tasksOf(await load()),
    )
    expect(tasks).toHaveLength(1)
  })

  test('knows where each task was written, in the files as written', async () => {
    const files = {
      'roles/mine/role.ts': role(`tasks({ params }): Task[] {
    interface Unused { a: string;
      b: number }
    const unused: Unused | undefined = undefined
    return [ file('One', { path: '/one', content: String(unused) }),
        helper<number>(params.port), file('Three', { path: '/three', content: '' })]
  },`).replace("from 'netplay'", "from 'netplay'\nimport type { Task } from 'netplay'\nimport { helper } from './helper.js'"),
      'roles/mine/helper.ts':
        "import * as netplay from 'netplay'\n\nexport const helper = <T>(port: T) =>\n    netplay.file('Two', { path: '/two', content: `${port as string}` })\n",
    }
    const origins = await inFolderWith(files, async () => tasksOf(await load()).map(({ origin }) => ({ ...origin })))
    expect(origins).toEqual([
      { file: 'roles/mine/role.ts', line: 12, column: 14 },
      { file: 'roles/mine/helper.ts', line: 4, column: 13 },
      { file: 'roles/mine/role.ts', line: 13, column: 38 },
    ])
  })

  test('has a digest over all files of its folder and the code beside it', async () => {
    const digest = (files: Record<string, string>) =>
      inFolderWith({ 'roles/mine/role.ts': role('tasks: () => [],'), ...files }, async () => (await load()).plays[0]!.roles[0]!.role.digest)
    const plain = await digest({})
    expect(plain).toMatch(/^[0-9a-f]{64}$/)
    expect(await digest({})).toBe(plain)
    expect(await digest({ 'roles/mine/files/motd': 'a' })).not.toBe(plain)
    expect(await digest({ 'roles/mine/files/motd': 'a' })).not.toBe(await digest({ 'roles/mine/files/motd': 'b' }))
    expect(await digest({ 'roles/mine/files/motd': 'a' })).not.toBe(await digest({ 'roles/mine/motd': 'a' }))
    expect(await digest({ 'roles/shared.ts': '' })).not.toBe(plain)
    expect(await digest({ 'roles/yours/role.ts': '', 'roles/README.md': '' })).toBe(plain)
  })

  test('leaves nothing in the folder it is loaded from', async () => {
    await inFolderWith({ 'roles/mine/role.ts': role('tasks: () => [],') }, async dir => {
      await load()
      expect(readdirSync(dir, { recursive: true }).sort()).toEqual(['roles', 'roles/mine', 'roles/mine/role.ts', 'site.yml'])
    })
  })

  test('loads though the cache folder cannot be written', async () => {
    await inFolderWith({ 'roles/mine/role.ts': role('tasks: () => [],'), 'not-a-folder': '' }, async dir => {
      const before = process.env.XDG_CACHE_HOME
      process.env.XDG_CACHE_HOME = join(dir, 'not-a-folder')
      try {
        expect((await load()).plays[0]!.roles).toHaveLength(1)
      } finally {
        process.env.XDG_CACHE_HOME = before
      }
    })
  })

  test('tells its mistakes when its folder is a link', async () => {
    await inFolderWith({ 'elsewhere/mine/role.ts': role("tasks: () => { throw new Error('oh') },") }, async dir => {
      symlinkSync(join(dir, 'elsewhere'), join(dir, 'roles'))
      const playbook = await load()
      expect(() => tasksOf(playbook)).toThrow(/^roles\/mine\/role\.ts:6:24: role "mine": oh/)
    })
  })
})

const mistakes: [string, Record<string, string>, string][] = [
  [
    'a syntax error',
    { 'roles/mine/role.ts': 'export default {\n  a: 1,\n  b 2\n}\n' },
    'roles/mine/role.ts:3:5: role "mine": this is not TypeScript: Unexpected token, expected ","',
  ],
  [
    'a syntax error in a helper',
    { 'roles/mine/role.ts': "import './helper.js'\n", 'roles/mine/helper.ts': "const a = 'x\n" },
    'roles/mine/helper.ts:1:11: role "mine": this is not TypeScript: Unterminated string constant.',
  ],
  [
    'a misspelt export of netplay',
    { 'roles/mine/role.ts': role("tasks: () => [\n    fiel('x', {}),\n  ],", 'defineRole, fiel') },
    'roles/mine/role.ts:7:5: role "mine": \'netplay\' has no export "fiel"; did you mean "file"?',
  ],
  [
    'a throw while it is loaded',
    { 'roles/mine/role.ts': "const port: number = Number('x')\nif (isNaN(port)) throw new TypeError('no port')\n" },
    'roles/mine/role.ts:2:24: role "mine": no port',
  ],
  [
    'a throw of its tasks',
    {
      'roles/mine/role.ts': role(
        "tasks() {\n    const none = undefined as unknown as { a: string }\n    return [file(none.a, { path: '/x', content: '' })]\n  },",
      ),
    },
    'roles/mine/role.ts:8:23: role "mine": Cannot read properties of undefined (reading \'a\')',
  ],
  [
    'a default export that is no role',
    { 'roles/mine/role.ts': 'export default {}\n' },
    'roles/mine/role.ts: the default export is not a role; write `export default defineRole({ … })`',
  ],
  [
    'no default export',
    { 'roles/mine/role.ts': 'export const a = 1\n' },
    'roles/mine/role.ts: the default export is not a role; write `export default defineRole({ … })`',
  ],
  [
    'another name than its folder',
    { 'roles/mine/role.ts': role('tasks: () => [],').replace("'mine'", "'yours'") },
    'roles/mine/role.ts: the role calls itself "yours" and lies in the folder "mine"; the two must be the same',
  ],
  [
    'a camelCase parameter',
    { 'roles/mine/role.ts': role('tasks: () => [],').replace('port:', 'podPort:') },
    'roles/mine/role.ts:3:16: parameter "podPort" of role "mine" is not snake_case; its variable would not be a word of Ansible\'s',
  ],
  [
    'a parameter named like a key of the entry',
    { 'roles/mine/role.ts': role('tasks: () => [],').replace('port:', 'tags:') },
    'roles/mine/role.ts:3:16: parameter "tags" of role "mine" has the name of a key that every role\'s entry in a play has',
  ],
  [
    'a misspelt word in its schema',
    { 'roles/mine/role.ts': role('tasks: () => [],').replace('default:', 'defualt:') },
    'roles/mine/role.ts: `params` of role "mine": strict mode: unknown keyword: "defualt"',
  ],
  [
    'tasks that are no list',
    { 'roles/mine/role.ts': role('tasks: async () => [] as never,') },
    'roles/mine/role.ts: `tasks` of role "mine" must give a list, not a promise',
  ],
  [
    'a task that is none',
    { 'roles/mine/role.ts': role("tasks: () => [file('x', { path: '/x', content: '' }), undefined as never],") },
    'roles/mine/role.ts: `tasks` of role "mine": item 2 of the list is no task and no check',
  ],
  [
    'a task with a misspelt parameter',
    { 'roles/mine/role.ts': role("tasks: () => [\n    file('x', { path: '/x', contnet: '' } as never),\n  ],") },
    'roles/mine/role.ts:7:29: file "x" has no parameter "contnet"; did you mean "content"?',
  ],
  [
    'a task with a parameter of the wrong type',
    { 'roles/mine/role.ts': role("tasks: () => [file('x', { path: '/x', content: '', mode: '0644' as never })],") },
    'roles/mine/role.ts:6:54: parameter "mode" of file "x" must be an integer, not text',
  ],
]

describe('a mistake in a role', () => {
  test.each(mistakes)('%s is told with its place in the files of the role', async (_what, files, expected) => {
    expect((await problemOf(files)).split('\n')[0]).toBe(expected)
  })

  test('is shown with its line and a caret', async () => {
    const message = await problemOf({ 'roles/mine/role.ts': role("tasks: () => { throw new Error('oh') },") })
    expect(message.split('\n').slice(1)).toEqual(["      tasks: () => { throw new Error('oh') },", '                           ^'])
  })
})

// Jest answers for modules that are not there in words of its own, so what Node says is given by hand.
test('a module that is not there is told where a role names it', () =>
  inFolder({ 'roles/mine/role.ts': "import { x } from 'netplay'\nimport { y } from './nix.js'\nx(y)\n" }, async dir => {
    const [folder, file] = [join(dir, 'roles/mine'), join(dir, 'roles/mine/role.ts')]
    const error = Object.assign(new Error(`Cannot find module './nix.js'\nRequire stack:\n- ${file}`), {
      code: 'MODULE_NOT_FOUND',
      requireStack: [file],
    })
    const told = roleError(error, { name: 'mine', file, dir: folder, realDir: folder, written: made => made, api: [] })
    expect(told.message).toBe(
      `roles/mine/role.ts:2:19: role "mine": Cannot find module './nix.js'\n    import { y } from './nix.js'\n                      ^`,
    )
  }))

describe('the types of netplay', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url))

  /** What `tsc --noEmit` says in a folder with these files. */
  const typecheck = (files: Record<string, string>) =>
    inFolder(files, async dir => {
      const compilerOptions = {
        strict: true,
        noEmit: true,
        target: 'ES2023',
        module: 'NodeNext',
        moduleResolution: 'NodeNext',
        skipLibCheck: true,
      }
      const paths = { netplay: [join(root, 'src/index.ts')] }
      const types = { typeRoots: [join(root, 'node_modules/@types')], types: ['node'] }
      writeFileSync(
        join(dir, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: { ...compilerOptions, paths, ...types }, include: ['roles'] }),
      )
      const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', dir], { encoding: 'utf8' })
      return stdout.split('\n').filter(line => line.startsWith('roles/'))
    })

  test('let a right role through, and stop a parameter of the wrong type where it stands', async () => {
    const withMode = (mode: string) =>
      role(`tasks({ params, host }) {
    const port: number = params.port
    return [file('x', { path: '/x', content: host.name + port, mode: ${mode} })]
  },`)
    const files = { 'roles/right.ts': withMode('0o644'), 'roles/text.ts': withMode("'0644'"), 'roles/typo.ts': withMode('params.prot') }
    expect(await typecheck(files)).toEqual([
      "roles/text.ts(8,64): error TS2322: Type 'string' is not assignable to type 'number'.",
      expect.stringMatching(/^roles\/typo\.ts\(8,77\): error TS2339: Property 'prot' does not exist/),
    ])
  }, 120_000)
})
