import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalFiles } from '../../src/transport/local-files.js'
import { sshSettings } from '../../src/transport/ssh-config.js'

describe('ssh_config', () => {
  let folder: string
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'netplay-config-'))))
  afterEach(() => rm(folder, { recursive: true }))

  const settings = async (address: string, ...texts: string[]) => {
    const files = await Promise.all(texts.map(async (text, i) => (await writeFile(join(folder, `${i}`), text), join(folder, `${i}`))))
    return sshSettings('host1', address, files, new LocalFiles())
  }

  test('the first value of a keyword wins, in the first file first, and keywords have no case', async () => {
    const user = 'Host n1\n  hostname 10.0.0.1\n  PORT 2200\nHost *\n  User anna\n  Port 22\n'
    const system = 'Host *\n  User root\n  HostName never\n  Port 1\n'
    expect(await settings('n1', user, system)).toMatchObject({ hostName: '10.0.0.1', port: 2200, user: 'anna' })
    expect(await settings('n2', user, system)).toMatchObject({ hostName: 'never', port: 22, user: 'anna' })
  })

  test('patterns may be several, have wildcards and veto', async () => {
    const text = 'Host n* !n9\n  User a\nHost n9 x1\n  User b\n'
    expect((await settings('n1', text)).user).toBe('a')
    expect((await settings('n9', text)).user).toBe('b')
  })

  test('identity files accumulate, and %h is the name as given', async () => {
    const text = 'Host n1\n  IdentityFile ~/.ssh/a\n  HostName %h.example\nHost *\n  IdentityFile ~/.ssh/b\n'
    expect(await settings('n1', text)).toMatchObject({ hostName: 'n1.example', identityFiles: ['~/.ssh/a', '~/.ssh/b'] })
  })

  test('known_hosts files are a list', async () => {
    expect((await settings('n1', 'UserKnownHostsFile ~/a ~/b\n')).userKnownHostsFiles).toEqual(['~/a', '~/b'])
  })

  test.each(['ProxyJump bastion', 'ProxyCommand nc %h %p'])('%s is refused and not passed over', async line => {
    await expect(settings('n1', `Host n1\n  ${line}\n`)).rejects.toMatchObject({ code: 'SSH_CONFIG', host: 'host1' })
    await expect(settings('n2', `Host n1\n  ${line}\n`)).resolves.toBeDefined()
  })

  test('ProxyJump none is none', async () => {
    await expect(settings('n1', 'Host n1\n  ProxyJump none\nHost *\n  ProxyJump bastion\n')).resolves.toBeDefined()
  })

  test('Match exec runs nothing', async () => {
    const trace = join(folder, 'ran')
    await settings('n1', `Match exec "touch ${trace}"\n  User x\n`)
    await expect(import('node:fs/promises').then(fs => fs.access(trace))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test.each([
    ['ConnectTimeout 5', { connectTimeoutMs: 5000 }],
    ['ConnectTimeout 1m30s', { connectTimeoutMs: 90_000 }],
    ['ConnectTimeout none', { connectTimeoutMs: undefined }],
    ['ServerAliveInterval 20', { keepaliveMs: 20_000 }],
    ['ServerAliveInterval 0', { keepaliveMs: undefined }],
    ['ServerAliveCountMax 2', { keepaliveCount: 2 }],
    ['StrictHostKeyChecking accept-new', { acceptNew: true, warnings: [] }],
    ['StrictHostKeyChecking yes', { acceptNew: false, warnings: [] }],
    ['StrictHostKeyChecking no', { acceptNew: false, warnings: [expect.stringContaining('--ssh-accept-new') as unknown] }],
  ])('%s', async (line, expected) => {
    expect(await settings('n1', `${line}\n`)).toMatchObject(expected)
  })

  test('files that are not there say nothing', async () => {
    expect(await sshSettings('h', 'n1', ['/nowhere/config'], new LocalFiles())).toMatchObject({ identityFiles: [], user: undefined })
  })
})
