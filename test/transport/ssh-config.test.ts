import { access, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { LocalFiles } from '../../src/transport/local-files.js'
import { readConfig } from '../../src/transport/ssh-config-read.js'
import { sshSettings, type SettingsOf } from '../../src/transport/ssh-config.js'

// That everything is read as OpenSSH reads it is shown against `ssh -G`: test/e2e/openssh.test.ts and test/long/openssh.test.ts.
describe('ssh_config', () => {
  let folder: string
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'netplay-config-'))))
  afterEach(() => rm(folder, { recursive: true }))

  const write = async (name: string, text: string) => (await writeFile(join(folder, name), text), join(folder, name))
  const settings = async (address: string, text: string, more: Partial<SettingsOf> = {}) =>
    sshSettings({ host: 'host1', address, sshConfigFiles: [await write('config', text)], ...more }, new LocalFiles())

  test('the first value of a keyword wins, in the first file first, and keywords have no case', async () => {
    const user = await write('user', 'Host n1\n  hostname 10.0.0.1\n  PORT 2200\nHost *\n  User anna\n  Port 22\n')
    const system = await write('system', 'Host *\n  User root\n  HostName never\n  Port 1\n')
    expect(await settings('n1', '', { sshConfigFiles: [user, system] })).toMatchObject({ hostName: '10.0.0.1', port: 2200, user: 'anna' })
    expect(await settings('n2', '', { sshConfigFiles: [user, system] })).toMatchObject({ hostName: 'never', port: 22, user: 'anna' })
  })

  test('variables come before options, options before files, and Match sees them', async () => {
    const text = 'Match user anna\n  Port 2200\nUser bob\n'
    expect(await settings('n1', text, { user: 'anna' })).toMatchObject({ user: 'anna', port: 2200 })
    expect(await settings('n1', text, { user: 'carl', sshOptions: ['User=anna', 'Port 99'] })).toMatchObject({ user: 'carl', port: 99 })
    expect(await settings('n1', text, { sshOptions: ['User=anna'] })).toMatchObject({ user: 'anna', port: 2200 })
  })

  test.each([
    ['%h', 'real.example'],
    ['%n', 'n1'],
    ['%p', '2200'],
    ['%r', 'anna'],
    ['%k', 'alias'],
    ['%d', homedir()],
    ['%u', userInfo().username],
    ['%l', hostname()],
    ['%L', hostname().replace(/\..*/, '')],
    ['%i', String(userInfo().uid)],
    ['%%', '%'],
    ['${NETPLAY_TEST_FOLDER}', 'folder'],
  ])('%s in a file name', async (token, value) => {
    process.env['NETPLAY_TEST_FOLDER'] = 'folder'
    const lines = ['HostName real.example', 'Port 2200', 'User anna', 'HostKeyAlias alias', `IdentityFile ~/x${token}`]
    expect((await settings('n1', lines.join('\n'))).identityFiles).toEqual([`${homedir()}/x${value}`])
  })

  test('a host is connected to in lower case, and Host patterns have the case of the name as given', async () => {
    const text = 'Host n1\n  User lower\nHost N1\n  User upper\n'
    expect(await settings('N1', text)).toMatchObject({ hostName: 'n1', originalHost: 'N1', user: 'upper' })
  })

  test('identity files accumulate, each once; none keeps the usual ones away; nothing leaves them to the login', async () => {
    const text =
      'Host n1\n  IdentityFile /a\n  IdentityFile /b\nHost n2\n  IdentityFile none\nHost n1\n  IdentityFile /a\n  IdentityFile /c\n'
    expect((await settings('n1', text)).identityFiles).toEqual(['/a', '/b', '/c'])
    expect((await settings('n2', text)).identityFiles).toEqual([])
    expect((await settings('n3', text)).identityFiles).toBeUndefined()
  })

  test.each([
    ['ProxyJump a,bob@b.example:2222', { jumps: [{ address: 'a' }, { address: 'b.example', user: 'bob', port: 2222 }] }],
    ['ProxyJump ssh://bob@[fd00::1]:22', { jumps: [{ address: 'fd00::1', user: 'bob', port: 22 }] }],
    ['ProxyJump fd00::1', { jumps: [{ address: 'fd00::1' }] }],
    ['ProxyJump gw-%h', { jumps: [{ address: 'gw-n1' }] }],
    ['ProxyJump none\nProxyJump a', undefined],
    ['ProxyCommand ssh -W "[%h]:%p"   gw', { command: 'ssh -W "[n1]:22"   gw' }],
    ['ProxyJump none\nProxyCommand b', { command: 'b' }],
    ['ProxyCommand none\nProxyJump a', undefined],
    ['ProxyJump a\nProxyCommand b', { jumps: [{ address: 'a' }] }],
  ])('%s', async (text, through) => {
    expect((await settings('n1', text)).through).toEqual(through)
  })

  test.each(['n1;reboot', '-oProxyCommand=x', 'n1$(id)', 'n1 x', "n'1", 'n1|x'])(
    'the name %s is handed to no shell, by ProxyCommand or Match exec',
    async name => {
      const message = expect.stringMatching(/config:1: the name .* is not handed to a shell/) as string
      await expect(settings(name, 'ProxyCommand nc %h %p')).rejects.toMatchObject({ code: 'SSH_CONFIG', message })
      await expect(settings(name, 'Match exec "touch %n"')).rejects.toMatchObject({ code: 'SSH_CONFIG', message })
      await expect(settings(name, 'ProxyCommand nc gw 22')).resolves.toBeDefined()
    },
  )

  test('Match exec runs once for one command, and not where the line has failed already', async () => {
    const trace = join(folder, 'ran')
    const text = `Match host n2 exec "touch ${trace}"\n  User x\nMatch exec "test %p = 22 && mkdir ${folder}/once"\n  User once\n`
    const files = new LocalFiles()
    const sshConfigFiles = [await write('config', text)]
    for (const host of ['n1', 'n3']) expect(await sshSettings({ host, sshConfigFiles }, files)).toMatchObject({ user: 'once' })
    await expect(access(trace)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('Include takes patterns, in order of name, without dotfiles', async () => {
    await mkdir(join(folder, 'd'))
    await write('d/b.conf', 'User b\nPort 2\n')
    await write('d/a.conf', 'User a\n')
    await write('d/.hidden.conf', 'HostName hidden\n')
    await write('d/other', 'HostName other\n')
    const text = `Host n2\n  Include ${folder}/d/other\nHost *\n  Include ${folder}/d/*.conf /nowhere/*\n`
    expect(await settings('n1', text)).toMatchObject({ user: 'a', port: 2, hostName: 'n1' })
  })

  test('Match final asks for a second pass from an Include that does not hold, too', async () => {
    await write('included', 'Match final all\n')
    // Only the second pass has the name in lower case.
    expect(await settings('N1', `Host n1\n  BindAddress 127.0.0.9\n  Include ${folder}/included\n`)).toMatchObject({
      bindAddress: '127.0.0.9',
    })
  })

  test('Include of itself ends in an error', async () => {
    await expect(settings('n1', `Include ${folder}/config\n`)).rejects.toThrow(/Include goes deeper than 16 files/)
  })

  test.each([
    ['User "open', 'config:2: a quote is not closed: "open'],
    ['Port', 'config:2: Port has no argument'],
    ['Port many', 'config:2: Port is a number from 1 to 65535, not many'],
    ['User a b', 'config:2: User takes one argument'],
    ['Match nonsense x', 'config:2: Match nonsense is not known here'],
    ['Match user', 'config:2: Match user lacks an argument'],
    ['IdentityFile ~/%Z', 'config:2: the token %Z'],
    ['IdentityFile ${NETPLAY_TEST_NONE}', 'config:2: the environment variable NETPLAY_TEST_NONE'],
    ['ProxyJump a@:x', 'config:2: ProxyJump takes'],
  ])('%s is told with its place', async (line, message) => {
    const error = await settings('n1', `# mine\n${line}\n`).catch((caught: Error) => caught)
    expect(error).toMatchObject({ code: 'SSH_CONFIG', host: 'host1', message: expect.stringContaining(message) as string })
  })

  test('a file of the user’s own that others can write is refused: it could run commands as the user', async () => {
    const path = await write('config', 'User anna\n')
    const read = () => readConfig('n1', [], [{ path, folder, checked: true }], new LocalFiles())
    await chmod(path, 0o644)
    expect((await read()).get('user')).toMatchObject([{ words: ['anna'] }])
    await chmod(path, 0o664)
    await expect(read()).rejects.toThrow(`${path}: others own it or can write it`)
  })

  test('SendEnv picks by pattern, a minus takes away, SetEnv wins', async () => {
    Object.assign(process.env, { NETPLAY_TEST_A: 'a', NETPLAY_TEST_B: 'b', NETPLAY_TEST_C: 'c' })
    const text = 'SendEnv NETPLAY_TEST_?\nSendEnv -NETPLAY_TEST_B\nSetEnv NETPLAY_TEST_C="x y"\nSetEnv NEVER=1\n'
    expect((await settings('n1', text)).environment).toEqual({ NETPLAY_TEST_A: 'a', NETPLAY_TEST_C: 'x y' })
  })

  test.each([
    ['ServerAliveInterval 0', { keepaliveMs: undefined }],
    ['ConnectTimeout none\nConnectTimeout 5', { connectTimeoutMs: 5000 }],
    ['HostKeyAlias Web', { hostKeyAlias: 'web' }],
    ['IdentityAgent $NETPLAY_TEST_AGENT', { identityAgent: '/run/agent' }],
    ['StrictHostKeyChecking accept-new', { acceptNew: true, warnings: [] }],
    ['StrictHostKeyChecking ask', { acceptNew: false, warnings: [] }],
    ['StrictHostKeyChecking no', { acceptNew: false, warnings: [expect.stringContaining('--ssh-accept-new') as unknown] }],
    ['RevokedHostKeys /x', { warnings: ['RevokedHostKeys in ssh_config is not obeyed'] }],
    ['NoSuchKeyword some words', { warnings: [] }],
  ])('%s', async (line, expected) => {
    process.env['NETPLAY_TEST_AGENT'] = '/run/agent'
    expect(await settings('n1', `${line}\n`)).toMatchObject(expected)
  })

  test('files that are not there say nothing', async () => {
    const found = await sshSettings({ host: 'n1', sshConfigFiles: ['/nowhere/config'] }, new LocalFiles())
    expect(found).toMatchObject({ hostName: 'n1', port: 22, user: userInfo().username })
    expect(found.identityFiles).toBeUndefined()
  })
})
