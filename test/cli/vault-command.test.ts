import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openVaulted } from '../../src/vault/vault.js'
import { netplay } from './vault-story.js'

let dir: string
const path = (name: string) => join(dir, name)
const write = (name: string, text: string, mode = 0o644) => (writeFileSync(path(name), text), chmodSync(path(name), mode), path(name))
const text = (name: string) => readFileSync(path(name), 'utf8')
const opened = (name: string, password = 'old') =>
  openVaulted(text(name), { file: name, line: 1, column: 1 }, [{ label: 'x', bytes: Buffer.from(password) }]).plain.toString()
const old = () => ['--vault-password-file', path('old')]
const vault = (...argv: string[]) => netplay(['vault', ...argv])
const leftovers = () => readdirSync(dir).filter(name => name.includes('.part') || name.startsWith('netplay-vault-'))

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'netplay-vaults-'))
  write('old', 'old\n')
  write('new', 'new\n')
})
afterEach(() => {
  expect(leftovers()).toEqual([])
  rmSync(dir, { recursive: true })
})

test('a file is encrypted, viewed and decrypted in place, and keeps its mode and its link', async () => {
  const file = write('v.yml', 'a: 1\n', 0o640)
  symlinkSync(file, path('link'))
  expect((await vault('encrypt', ...old(), path('link'))).output).toMatch(/\/link encrypted \(default\)\n$/)
  expect(text('v.yml')).toMatch(/^\$ANSIBLE_VAULT;1\.1;AES256\n([0-9a-f]{1,80}\n)+$/)
  expect([opened('v.yml'), statSync(file).mode & 0o777, lstatSync(path('link')).isSymbolicLink()]).toEqual(['a: 1\n', 0o640, true])
  expect((await vault('view', ...old(), file)).output).toBe('a: 1\n')
  expect((await vault('encrypt', ...old(), file)).output).toContain('is encrypted already')
  expect((await vault('decrypt', ...old(), '--output', '-', file)).output).toBe('a: 1\n')
  expect(opened('v.yml')).toBe('a: 1\n')
  expect((await vault('decrypt', ...old(), file)).code).toBe(0)
  expect(text('v.yml')).toBe('a: 1\n')
})

test('a label is written, and of several passwords the one is taken that was named', async () => {
  const file = write('v', 'x')
  const both = ['--vault-id', `dev@${path('old')}`, '--vault-id', `prod@${path('new')}`]
  expect((await vault('encrypt', ...both, file)).output).toContain('several vault passwords are given (dev, prod)')
  expect((await vault('encrypt', ...both, '--encrypt-vault-id', 'test', file)).output).toContain(
    'no vault password with this label; there are dev, prod',
  )
  expect(text('v')).toBe('x')
  expect((await vault('encrypt', ...both, '--encrypt-vault-id', 'prod', file)).code).toBe(0)
  expect([text('v').split('\n')[0], opened('v', 'new')]).toEqual(['$ANSIBLE_VAULT;1.2;AES256;prod', 'x'])
})

test('nothing is written when one of several files cannot be', async () => {
  const files = [write('a', 'a'), write('b', 'b')]
  await vault('encrypt', ...old(), files[1]!)
  expect((await vault('encrypt', ...old(), ...files)).code).toBe(1)
  expect((await vault('rekey', ...old(), '--new-vault-password-file', path('new'), ...files)).output).toContain(
    'a is not encrypted with ansible-vault',
  )
  expect([text('a'), opened('b')]).toEqual(['a', 'b'])
})

test('rekey changes password and label', async () => {
  const file = write('v', 'x')
  await vault('encrypt', ...old(), file)
  expect((await vault('rekey', ...old(), '--new-vault-id', `prod@${path('new')}`, file)).output).toBe(`${file} encrypted anew (prod)\n`)
  expect([text('v').split('\n')[0], opened('v', 'new')]).toEqual(['$ANSIBLE_VAULT;1.2;AES256;prod', 'x'])
  expect((await vault('view', ...old(), file)).output).toContain(
    'wrong vault password: none of those given (default) opens it, labelled "prod"',
  )
})

describe('edit', () => {
  const edit = async (editor: string, file: string, password = old()) => {
    const before = { ...process.env }
    Object.assign(process.env, { EDITOR: editor, XDG_RUNTIME_DIR: dir })
    delete process.env['VISUAL']
    try {
      return await vault('edit', ...password, file)
    } finally {
      process.env = before
    }
  }

  test('gives the editor a file of its own that only its user can read, keeps the label, and leaves nothing', async () => {
    const file = write('v.yml', 'a: 1\n')
    await vault('encrypt', '--vault-id', `dev@${path('old')}`, file)
    const look = `f() { stat -c '%a %n' "$1" "$(dirname "$1")" >${path('seen')}; echo 'b: 2' >>"$1"; }; f`
    expect((await edit(look, file)).output).toBe(`${file} encrypted (dev)\n`)
    expect(opened('v.yml')).toBe('a: 1\nb: 2\n')
    const seen = text('seen').split('\n')
    expect(seen[0]).toMatch(/^600 .*netplay-vault-\w+\/v\.yml$/)
    expect(seen[1]).toMatch(/^700 /)
  })

  test('writes nothing when nothing was changed or the editor failed', async () => {
    const file = write('v', 'x')
    await vault('encrypt', ...old(), file)
    const before = text('v')
    expect((await edit('true', file)).output).toBe(`${file} was not changed\n`)
    expect((await edit('echo y >', file)).code).toBe(0)
    const after = text('v')
    expect((await edit('false', file)).output).toContain('the editor (false) ended with status 1')
    expect([before === after, text('v') === after]).toEqual([false, true])
  })

  test('makes a file that is not there', async () => {
    await edit('echo z >', path('none'))
    expect([opened('none'), statSync(path('none')).mode & 0o777]).toEqual(['z\n', 0o600])
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('leaves nothing in clear after %s', async signal => {
    const file = write('v', 'x')
    await vault('encrypt', ...old(), file)
    const started = path(`started-${signal}`)
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'vault', 'edit', ...old(), file], {
      env: { ...process.env, NODE_OPTIONS: '', VISUAL: '', EDITOR: `touch ${started}; exec sleep 60; :`, XDG_RUNTIME_DIR: dir },
      stdio: 'ignore',
    })
    while (!existsSync(started)) await new Promise(resolve => setTimeout(resolve, 50))
    expect(leftovers()).toHaveLength(1)
    child.kill(signal)
    expect(await once(child, 'close')).toEqual([99, null])
    expect(opened('v')).toBe('x')
  })
})

test('encrypt-string takes the value from standard input, never from the command line', async () => {
  expect((await vault('encrypt-string', ...old(), '--name', 'db', 'hunter2')).output).toContain('a secret is not given on the command line')
  const argv = ['--import', 'tsx', 'src/cli/main.ts', 'vault', 'encrypt-string', ...old(), '--name', 'db', '--output', path('out.yml')]
  const child = spawn(process.execPath, argv, { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['pipe', 'ignore', 'pipe'] })
  child.stdin.end('hunter2')
  expect(await once(child, 'close')).toEqual([0, null])
  expect(text('out.yml')).toMatch(/^db: !vault \|\n {10}\$ANSIBLE_VAULT;1\.1;AES256\n( {10}[0-9a-f]{1,80}\n)+$/)
  write('s', text('out.yml').split('\n').slice(1).join('\n').replaceAll(/^ +/gm, ''))
  expect(opened('s')).toBe('hunter2')
})
