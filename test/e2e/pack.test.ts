import { jest } from '@jest/globals'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must, run } from '../../lab/command.js'
import { hostsIni, inNetns, labDown, labUp, onHost, type Lab } from '../../lab/lab.js'
import { packageRoot } from './story.js'

const name = 'e2e-pack'
const typescript = join(packageRoot, 'node_modules/typescript/bin/tsc')
let lab: Lab
/** An admin's folder, empty but for what `npm install` put there. */
let folder: string

jest.setTimeout(120_000)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netplay-pack-'))
  const project = join(folder, 'project')
  // dist/ is there: this is about what the tarball holds, and other tests run what is built.
  const packed = await must(['npm', 'pack', packageRoot, '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: folder })
  await mkdir(project)
  const install = ['npm', 'install', join(folder, packed.trim()), '--prefer-offline', '--no-audit', '--no-fund', '--silent']
  await must(install, { cwd: project })
  lab = await labUp({ name, hosts: 1 })
  await write('hosts.ini', hostsIni(lab))
  await write('site.yml', play('hello'))
  await write('roles/mine/role.ts', role)
}, 900_000)
afterAll(async () => {
  await labDown(name)
  if (folder) await rm(folder, { recursive: true })
}, 60_000)

/** A role as an admin writes it, without a build. */
const role = `import { defineRole, file } from 'netplay'

export default defineRole({
  name: 'mine',
  description: 'A message for whoever logs in.',
  params: {
    type: 'object',
    properties: { text: { type: 'string' } },
    required: ['text'],
    additionalProperties: false,
  },
  tasks: ({ host, params }) => [
    file('Write the message of the day', {
      path: '/etc/motd',
      content: \`\${params.text} (\${host.name})\\n\`,
      mode: 0o644,
    }),
  ],
})
`
const wrongRole = role.replace('0o644', "'rw-r--r--'")
const play = (text: string) => `- hosts: all\n  roles:\n    - role: mine\n      text: ${text}\n`

async function write(path: string, text: string) {
  const file = join(folder, 'project', path)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, text)
}

const netplay = (...words: string[]) =>
  inNetns(lab, ['npx', 'netplay', 'site.yml', '-i', 'hosts.ini', ...words], {
    cwd: join(folder, 'project'),
    env: { ...process.env, NODE_OPTIONS: '', NETPLAY_STATE_DIR: join(folder, 'state') },
  })
const typecheck = () => run([process.execPath, typescript, '--noEmit', '--pretty', 'false'], { cwd: join(folder, 'project') })

describe('the tarball, installed in an empty folder', () => {
  test('runs a role of the admin’s own, uncompiled: check, apply, nothing left', async () => {
    const check = await netplay('--check', '--diff')
    expect(check).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ +\+ hello \(n1\)$/m) as unknown })
    expect((await netplay()).code).toBe(0)
    expect((await onHost(lab, 'n1', 'cat /etc/motd')).stdout).toBe('hello (n1)\n')
    expect((await netplay('--check')).stdout).toContain('No changes. 1 host is as wanted.')
  })

  test('has what it says: shipped playbooks, and the entry of its package.json alone', async () => {
    const installed = join(folder, 'project/node_modules/netplay')
    expect(await readFile(join(installed, 'playbooks/flannel.yml'), 'utf8')).toContain('roles:')
    const deeper = await run(['node', '-e', "import('netplay/dist/src/shell.js').catch(error => console.log(error.code))"], {
      cwd: join(folder, 'project'),
    })
    expect(deeper.stdout).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED\n')
  })

  test.each([
    ['of its defaults alone', '{}'],
    ['strict, for Node', '{ "compilerOptions": { "strict": true, "module": "NodeNext", "target": "ES2022" }, "include": ["roles"] }'],
  ])('lets tsc --noEmit pass on the role, with a tsconfig.json %s', async (_, tsconfig) => {
    await write('tsconfig.json', tsconfig)
    expect(await typecheck()).toMatchObject({ code: 0, stdout: '' })
  })

  test('a parameter of the wrong type fails in tsc and when it is loaded, at its place in the file', async () => {
    await write('roles/mine/role.ts', wrongRole)
    const typed = await typecheck()
    const loaded = await netplay('--check')
    const read = await netplay('--syntax-check')
    await write('roles/mine/role.ts', role)
    expect(typed.code).not.toBe(0)
    expect(typed.stdout).toContain("roles/mine/role.ts(16,7): error TS2322: Type 'string' is not assignable to type 'number'.")
    expect(loaded.code).toBe(1)
    expect(loaded.stderr).toContain(
      'roles/mine/role.ts:16:7: parameter "mode" of file "Write the message of the day" must be an integer, not text',
    )
    expect(read).toMatchObject({ code: 1, stdout: '', stderr: loaded.stderr })
  })

  test('makes a project that loads, and whose role has its types', async () => {
    const made = await run(['npx', 'netplay', 'init', 'nets/mynet'], { cwd: join(folder, 'project') })
    const mynet = { cwd: join(folder, 'project/nets/mynet') }
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(await run([process.execPath, typescript, '--pretty', 'false'], mynet)).toMatchObject({ code: 0, stdout: '' })
    const listed = await run(['npx', 'netplay', 'site.yml', '-i', 'inventory/hosts.ini', '--list-tasks', '--syntax-check'], mynet)
    expect(listed).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('example : Say what this host is') as unknown })
    expect(await readFile(join(mynet.cwd, '.gitignore'), 'utf8')).toContain('node_modules/')
    const lint = () => run(['npx', 'netplay', 'lint', 'site.yml', '-i', 'inventory/hosts.ini'], mynet)
    await mkdir(join(mynet.cwd, 'node_modules'))
    await symlink(join(packageRoot, 'node_modules/typescript'), join(mynet.cwd, 'node_modules/typescript'))
    expect(await lint()).toMatchObject({ code: 0, stdout: 'No mistakes in 1 play, 1 role, 3 hosts.\n' })
    const ownRole = join(mynet.cwd, 'roles/example/role.ts')
    await writeFile(ownRole, (await readFile(ownRole, 'utf8')).replace('0o600', "'rw'"))
    expect(await lint()).toMatchObject({ code: 1, stdout: expect.stringContaining('roles/example/role.ts:21:7: Type') as unknown })
  })

  test('a parameter of the wrong type in the play fails when it is loaded, at its place in the file', async () => {
    await write('site.yml', play('5'))
    const loaded = await netplay('--check')
    await write('site.yml', play('hello'))
    expect(loaded).toMatchObject({ code: 1, stdout: '' })
    expect(loaded.stderr).toContain('site.yml:4:13: parameter "text" of role "mine" must be text, not a number')
  })
})
