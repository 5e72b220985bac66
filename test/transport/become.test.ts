import { readFile, rm } from 'node:fs/promises'
import { Secret } from '../../src/secret.js'
import { openLocalSession } from '../support/local-shell.js'
import { makeFakeSudo } from '../support/fake-sudo.js'
import type { Become } from '../../src/transport/session.js'

let folders: string[] = []
afterEach(async () => {
  await Promise.all(folders.map(folder => rm(folder, { recursive: true })))
  folders = []
})

async function open(sudo: Parameters<typeof makeFakeSudo>[0], become: Become, { path = '/usr/bin:/bin', timeoutMs = 5000 } = {}) {
  const { folder, trace } = await makeFakeSudo(sudo)
  folders.push(folder)
  const opening = openLocalSession({ host: 'n1', become, timeoutMs, env: { ...process.env, PATH: `${folder}:${path}` } })
  return {
    opening,
    passwords: async () => (await readFile(trace, 'utf8')).split('\n').filter(line => line.startsWith('password ')),
    args: () => readFile(trace, 'utf8'),
  }
}

const works = async (opening: ReturnType<typeof openLocalSession>) => {
  const session = await opening
  const { stdout } = await session.request('echo as root; cat', { purpose: 'facts' })
  await session.close()
  expect(stdout.toString()).toBe('as root\n')
}

describe('becoming another user', () => {
  test('without a password sudo must not ask', async () => {
    const { opening, args } = await open({}, {})
    await works(opening)
    expect(await args()).toMatch(/^args -n -H -u root -- sh -c /)
  })

  test('the password is given once, to our prompt, and never on a command line', async () => {
    const { opening, passwords, args } = await open({ password: 'ge heim$' }, { password: new Secret('ge heim$') })
    await works(opening)
    expect(await passwords()).toEqual(['password ge heim$'])
    expect(await args()).toMatch(/^args -k -S -p \[netplay [0-9a-f]{16}\] password: -H -u root -- sh -c /)
    expect((await args()).split('\n')[0]).not.toContain('ge heim$')
  })

  test('a password that sudo does not ask for is never sent', async () => {
    const { opening, passwords } = await open({}, { password: new Secret('geheim') })
    await works(opening)
    expect(await passwords()).toEqual([])
  })

  test('a wrong password is told at the second prompt and not given again', async () => {
    const { opening, passwords } = await open({ password: 'geheim' }, { password: new Secret('falsch') })
    const error = await opening.then(
      () => undefined,
      (error: Error) => error,
    )
    expect(error).toMatchObject({
      code: 'BECOME_WRONG_PASSWORD',
      host: 'n1',
      message: 'n1: cannot become root: the sudo password is wrong: Sorry, try again.',
    })
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(await passwords()).toEqual(['password falsch'])
    expect(JSON.stringify(error) + String(error?.stack)).not.toContain('falsch')
  })

  test('a password that is wanted and was not given', async () => {
    const { opening } = await open({ password: 'geheim' }, {})
    await expect(opening).rejects.toMatchObject({
      code: 'BECOME_PASSWORD_NEEDED',
      message: expect.stringContaining('sudo: a password is required') as string,
    })
  })

  test('a refusal is told in sudo’s own words', async () => {
    const words = 'anna is not in the sudoers file.  This incident will be reported.'
    const { opening } = await open({ words }, { user: 'etcd', password: new Secret('x') })
    await expect(opening).rejects.toMatchObject({
      code: 'BECOME_NOT_ALLOWED',
      message: `n1: cannot become etcd: sudo does not allow it: ${words}`,
    })
  })

  test('a host without sudo', async () => {
    const { opening } = await open({}, { exe: '/nowhere/sudo' })
    await expect(opening).rejects.toMatchObject({
      code: 'BECOME_FAILED',
      message: expect.stringContaining('there is no sudo on it') as string,
    })
  })

  test('a password with a line break is not sent: its rest would go to the shell', async () => {
    const { opening, passwords } = await open({ password: 'a' }, { password: new Secret('a\nreboot') })
    await expect(opening).rejects.toMatchObject({ code: 'BECOME_FAILED', message: expect.stringContaining('line break') as string })
    expect(await passwords()).toEqual([])
  })

  test('a sudo that hangs is told when the time is over', async () => {
    const { opening } = await open({ words: `'; sleep 3; echo '` }, {}, { timeoutMs: 300 })
    await expect(opening).rejects.toMatchObject({
      code: 'BECOME_FAILED',
      message: expect.stringContaining('no shell within 0.3 s') as string,
    })
  })

  test('a user name and flags with shell text in them are words and run nothing', async () => {
    const { opening, args } = await open({}, { user: '$(touch /tmp/netplay-must-not-be)', flags: '-H -n' })
    await works(opening)
    expect(await args()).toContain('-n -H -u $(touch /tmp/netplay-must-not-be) -- sh')
  })
})
