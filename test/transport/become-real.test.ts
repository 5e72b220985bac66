import { createHash, randomBytes } from 'node:crypto'
import { Secret } from '../../src/secret.js'
import { openSession, type Become, type Session } from '../../src/transport/session.js'
import { describeWithAccounts, makeAccounts, type Accounts } from '../support/accounts.js'
import { hostileScripts } from '../support/hostile-scripts.js'
import { SshClient } from '../support/ssh-client.js'
import type { Sshd, SshdOptions } from '../support/sshd.js'

const rules = {
  sudoers: 'anna ALL=(ALL:ALL) ALL\nalt ALL=(ALL:ALL) ALL\n',
  doas: 'permit anna as root\npermit nopass anna as app\n',
}
const purpose = 'facts'
const rootPw = new Secret('root-pw')
const annaPw = new Secret('anna-pw')

describeWithAccounts('the real sudo, su and doas', () => {
  let accounts: Accounts
  let client: SshClient
  beforeAll(async () => {
    accounts = await makeAccounts()
    client = await SshClient.make()
  }, 30_000)
  afterAll(async () => {
    await client?.close()
    accounts?.close()
  })
  const write = (path: string, text: string) => accounts.root(`printf '%s' '${text}' > ${path}; chmod 440 ${path}`)
  beforeEach(() => {
    write('/etc/sudoers.d/test', rules.sudoers)
    write('/etc/doas.conf', rules.doas)
  })

  const serve = (options: Partial<SshdOptions> = {}) => client.sshd({ onExec: accounts.onExec, ...options })
  const open = (sshd: Sshd, become: Become): Promise<Session> =>
    openSession(client.connection(sshd.port, { become, connectTimeoutMs: 8000 }))
  const who = async (become: Become, options: Partial<SshdOptions> = {}) => {
    const session = await open(await serve(options), become)
    const { stdout, stderr } = await session.request('id -un; echo err >&2', { purpose })
    await session.close()
    return [stdout.toString(), stderr.toString()]
  }
  const refused = (become: Become) =>
    who(become).then(
      said => Promise.reject(new Error(`a shell was given: ${said.join()}`)),
      (error: Error & { code: string; next: string }) => error,
    )

  test.each<[string, Become, string]>([
    ['sudo with a password', { password: annaPw }, 'root'],
    ['sudo to another user', { password: annaPw, user: 'app' }, 'app'],
    ['su with a password', { method: 'su', password: rootPw }, 'root'],
    ['su to another user, as a login shell', { method: 'su', password: new Secret('app-pw'), user: 'app', flags: '-' }, 'app'],
    ['doas with a password', { method: 'doas', password: annaPw }, 'root'],
    ['doas that asks for none', { method: 'doas', user: 'app' }, 'app'],
    ['doas that asks for none of a password that is there', { method: 'doas', user: 'app', password: annaPw }, 'app'],
    ['an absolute path', { method: 'su', exe: '/usr/bin/su', password: rootPw }, 'root'],
  ])('%s', async (_, become, user) => {
    expect(await who(become)).toEqual([`${user}\n`, 'err\n'])
  })

  test.each<[string, Become, string, string]>([
    ['sudo, wrong password', { password: new Secret('falsch') }, 'BECOME_WRONG_PASSWORD', 'the sudo password is wrong: Sorry, try again.'],
    ['sudo, no password', {}, 'BECOME_PASSWORD_NEEDED', 'sudo wants a password and none was given: sudo: a password is required'],
    ['sudo, unknown user', { user: 'nobody-here', password: annaPw }, 'BECOME_FAILED', 'sudo: unknown user'],
    [
      'su, wrong password',
      { method: 'su', password: annaPw },
      'BECOME_WRONG_PASSWORD',
      'the su password is wrong: su: Authentication failure',
    ],
    ['su, no password', { method: 'su' }, 'BECOME_PASSWORD_NEEDED', 'su wants a password and none was given'],
    ['su, unknown user', { method: 'su', user: 'nobody-here', password: annaPw }, 'BECOME_FAILED', 'su: user nobody-here does not exist'],
    [
      'doas, wrong password',
      { method: 'doas', password: rootPw },
      'BECOME_WRONG_PASSWORD',
      'the doas password is wrong: doas: Authentication failed',
    ],
    [
      'doas, no password',
      { method: 'doas' },
      'BECOME_PASSWORD_NEEDED',
      'doas wants a password and none was given: doas: Authentication required',
    ],
    [
      'doas, not permitted',
      { method: 'doas', user: 'bert', password: annaPw },
      'BECOME_NOT_ALLOWED',
      'doas does not allow it: doas: Operation not permitted',
    ],
    ['not installed', { method: 'doas', exe: '/nowhere/doas' }, 'BECOME_FAILED', 'there is no doas on it'],
  ])('%s', async (_, become, code, words) => {
    const started = performance.now()
    const error = await refused(become)
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) as string })
    expect(error.message).not.toMatch(/anna-pw|root-pw|falsch/)
    // PAM waits two seconds after a wrong password; three tries of it would take six.
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('a user who is not in sudoers', async () => {
    write('/etc/sudoers.d/test', 'bert ALL=(ALL) ALL')
    expect(await refused({ password: annaPw })).toMatchObject({
      code: 'BECOME_NOT_ALLOWED',
      message: 'n1: cannot become root: sudo does not allow it: anna is not in the sudoers file.',
    })
  })

  test.each<[string, Become, string]>([
    ['doas', { method: 'doas', password: annaPw }, ''],
    ['sudo with requiretty', { password: annaPw }, 'Defaults requiretty'],
  ])('%s where sshd gives no terminal', async (_, become, defaults) => {
    write('/etc/sudoers.d/test', `${rules.sudoers}${defaults}\n`)
    const opening = who(become, { refuseTerminal: true })
    await expect(opening).rejects.toMatchObject({
      code: 'BECOME_FAILED',
      message: expect.stringMatching(/wants a terminal and .*: Unable to request a pseudo-terminal/) as string,
      next: expect.stringContaining('PermitTTY') as string,
    })
  })

  test('a user whom pam_wheel keeps from su', async () => {
    accounts.root('cp /etc/pam.d/su /etc/su.was; sed -i "1i auth requisite pam_deny.so" /etc/pam.d/su')
    const error = await refused({ method: 'su', password: rootPw })
    accounts.root('mv /etc/su.was /etc/pam.d/su')
    expect(error.message).toMatch(/^n1: cannot become root: su .*: su: /)
  })

  test.each<[string, Become]>([
    ['sudo', { password: annaPw }],
    ['su', { method: 'su', user: 'app', password: new Secret('app-pw') }],
  ])('a password that has expired, with %s, is told and no new one is set', async (_, become) => {
    accounts.root('chage -d 0 anna; chage -d 0 app')
    const error = await refused(become)
    accounts.root('chage -d 20000 anna; chage -d 20000 app')
    expect(error).toMatchObject({ code: 'BECOME_PASSWORD_EXPIRED', next: expect.stringContaining('`passwd`') as string })
    expect(error.message).toMatch(/password is expired|required to change your password/)
  })

  const chatter = 'session optional pam_exec.so stdout quiet /etc/chatter'
  test.each<[string, Become, string]>([
    ['requiretty', { password: annaPw }, 'Defaults requiretty'],
    ['requiretty, and a pseudo-terminal of its own', { password: annaPw }, 'Defaults requiretty,use_pty'],
    ['requiretty, without a password', { user: 'app' }, 'Defaults requiretty\nanna ALL=(app) NOPASSWD: ALL'],
    ['a lecture, always', { password: annaPw }, 'Defaults lecture=always'],
    ['a lecture that looks like a question', { password: annaPw }, 'Defaults lecture=always,lecture_file=/etc/lecture'],
    ['an input log and a terminal of its own', { password: annaPw }, 'Defaults use_pty'],
  ])('sudo with %s', async (_, become, defaults) => {
    write('/etc/lecture', 'Never tell your password:\nPassword: \n')
    write('/etc/sudoers.d/test', `${rules.sudoers}${defaults}\n`)
    expect(await who(become)).toEqual([`${become.user ?? 'root'}\n`, 'err\n'])
  })

  test.each<[string, Become]>([
    ['sudo', { password: annaPw }],
    ['su', { method: 'su', password: rootPw }],
    ['doas', { method: 'doas', password: annaPw }],
  ])('%s under which PAM modules and profiles chatter', async (method, become) => {
    accounts.root(
      `printf '#!/bin/sh\necho "Last login: never"; printf "no newline\\nPassword: " >&2; printf "nor here"\n' > /etc/chatter; chmod 755 /etc/chatter`,
    )
    accounts.root(`cp /etc/pam.d/${method} /etc/pam.was; echo '${chatter}' >> /etc/pam.d/${method}`)
    const said = await who(become, {
      onExec: (channel, command, terminal) => accounts.onExec(channel, `echo motd; printf 'Password: ' >&2; ${command}`, terminal),
    })
    accounts.root(`mv /etc/pam.was /etc/pam.d/${method}`)
    expect(said).toEqual(['root\n', 'err\n'])
  })

  describe.each<[string, Become, string]>([
    ['su', { method: 'su', password: rootPw }, ''],
    ['doas on a terminal', { method: 'doas', password: annaPw }, ''],
    ['sudo on a terminal', { password: annaPw }, 'Defaults requiretty'],
    ['sudo on a terminal, with one of its own', { password: annaPw }, 'Defaults requiretty,use_pty'],
  ])('the shell of %s', (_, become, defaults) => {
    let session: Session
    beforeAll(async () => {
      write('/etc/sudoers.d/test', `${rules.sudoers}${defaults}\n`)
      write('/etc/doas.conf', rules.doas)
      session = await open(await serve(), become)
    })
    afterAll(() => session?.close())

    test.each(hostileScripts.map(row => [row.title, row] as const))('%s', async (_title, { script, stdout, stderr, ending }) => {
      const reply = await session.request(script, { purpose })
      expect(reply.stdout.toString('latin1')).toBe(stdout ?? '')
      expect(reply.stderr.toString('latin1')).toMatch(stderr ?? /^$/)
      expect(reply.ending).toEqual(ending)
    })

    test('4 MB of any bytes go up and come down unchanged', async () => {
      const bytes = randomBytes(4 << 20)
      const { stdout } = await session.request('cat', { purpose: 'upload', stdin: bytes })
      expect(createHash('sha256').update(stdout).digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
    })

    test('nothing is left of the pipes', () => {
      expect(accounts.root('find /tmp -maxdepth 2 -path "/tmp/tmp.*/[012]" -type p 2>/dev/null || true')).toBe('')
    })
  })
})
