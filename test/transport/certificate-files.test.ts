import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readCertificate } from '../../src/transport/certificate.js'
import { LocalFiles } from '../../src/transport/local-files.js'
import { openSession } from '../../src/transport/session.js'
import { certificateFiles, userCertificateProblem } from '../../src/transport/certificate-files.js'
import { SshClient } from '../support/ssh-client.js'

let client: SshClient
let agent: ChildProcess | undefined
beforeEach(async () => {
  client = await SshClient.make()
  keygen('-t', 'ed25519', '-N', '', '-f', 'ca')
})
afterEach(async () => {
  if (agent?.kill()) await once(agent, 'exit')
  agent = undefined
  await client.close()
})

const path = (name: string) => join(client.folder, name)
const keygen = (...words: string[]) => execFileSync('ssh-keygen', ['-q', ...words], { cwd: client.folder })
const text = (name: string) => readFile(path(name), 'utf8')
function newKey(name: string, type = 'ed25519') {
  keygen('-t', type, '-N', '', '-f', name)
  return path(name)
}
const certify = (name: string, ...words: string[]) => keygen('-s', 'ca', '-I', 'anna at work', ...words, `${name}.pub`)
const blobOf = async (name: string) => Buffer.from((await text(name)).split(' ')[1]!, 'base64')
const config = async (lines: string) => (
  await writeFile(path('config'), lines),
  { privateKeyFile: undefined, sshConfigFiles: [path('config')] }
)
const trusting = async () => client.sshd({ authorizedKeys: [], authorities: [await text('ca.pub')] })

async function startAgent(...files: string[]): Promise<string> {
  const socket = path('agent')
  agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  while (!existsSync(socket)) await pause(10)
  for (const file of files) execFileSync('ssh-add', ['-q', path(file)], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' })
  return socket
}

const problems: [what: string, words: string[], problem: string | undefined][] = [
  ['for the user', ['-n', 'bert,anna'], undefined],
  ['for other users', ['-n', 'bert,carl'], 'it is for bert, carl, not for anna'],
  ['for a pattern, which sshd takes for a name', ['-n', 'an*'], 'it is for an*, not for anna'],
  ['without names', [], 'it names no user'],
  ['for hosts', ['-h', '-n', 'anna'], 'it is a certificate for hosts'],
  ['that is over', ['-n', 'anna', '-V', '20200101:20210101'], 'it was valid until 2021-01-01T'],
  ['that has not begun', ['-n', 'anna', '-V', '20990101:20990102'], 'it is valid only from 2099-01-01T'],
  ['that may run one command', ['-n', 'anna', '-O', 'force-command=true'], undefined],
]
test.each(problems)('a certificate %s', async (_what, words, expected) => {
  newKey('id')
  certify('id', ...words)
  const found = userCertificateProblem(readCertificate(await blobOf('id-cert.pub'))!, 'anna', Date.now())
  if (expected === undefined) expect(found).toBeUndefined()
  else expect(found).toContain(expected)
})

test('a certificate that was tampered with', async () => {
  newKey('id')
  certify('id', '-n', 'anna')
  const certificate = readCertificate(await blobOf('id-cert.pub'))!
  certificate.signed[certificate.signed.length - 1]! ^= 1
  expect(userCertificateProblem(certificate, 'anna', Date.now())).toContain('its signature is wrong')
  for (const signature of [Buffer.alloc(0), Buffer.alloc(40, 1)])
    expect(userCertificateProblem({ ...certificate, signature }, 'anna', Date.now())).toContain('its signature is wrong')
})

describe('files', () => {
  const found = (listed: string[], identityFiles: string[]) => certificateFiles(listed, identityFiles, 'anna', new LocalFiles())

  test('of CertificateFile are read in place of those beside identity files; those that are not there are told only where they are listed', async () => {
    for (const name of ['id', 'other']) {
      newKey(name)
      certify(name, '-n', 'anna')
    }
    expect((await found([], [path('id'), path('none')])).usable.map(({ file }) => file)).toEqual([path('id-cert.pub')])
    const listed = await found([path('other-cert.pub'), path('none')], [path('id')])
    expect(listed.usable.map(({ file }) => file)).toEqual([path('other-cert.pub')])
    expect(listed.notes).toEqual([`certificate ${path('none')}: there is no such file`])
  })

  test.each([
    ['an empty file', ''],
    ['one word', 'ssh-ed25519-cert-v01@openssh.com'],
    ['a plain key', 'plain'],
    ['a certificate that is cut', 'cut'],
  ])('%s is no certificate', async (_what, content) => {
    newKey('id')
    certify('id', '-n', 'anna')
    const contents = { plain: await text('id.pub'), cut: `x ${(await blobOf('id-cert.pub')).subarray(0, 200).toString('base64')}` }
    await writeFile(path('bad'), contents[content as 'plain' | 'cut'] ?? content)
    const { usable, notes } = await found([path('bad')], [])
    expect(usable).toEqual([])
    expect(notes).toEqual([expect.stringMatching(/: it is no certificate that netplay can log in with$/)])
  })
})

describe('a host that trusts an authority of users', () => {
  test.each(['ed25519', 'ecdsa', 'rsa'])('takes an %s key file with the certificate beside it', async type => {
    newKey('id', type)
    certify('id', '-n', 'anna')
    const sshd = await trusting()
    await (await openSession(client.connection(sshd.port, { privateKeyFile: path('id') }))).close()
    expect(sshd.logins).toEqual(['publickey', 'publickey'])
  })

  test('takes a key file with its CertificateFile', async () => {
    newKey('id')
    certify('id', '-n', 'anna')
    await copyFile(path('id-cert.pub'), path('elsewhere'))
    keygen('-t', 'ed25519', '-N', '', '-f', 'ca2')
    keygen('-s', 'ca2', '-I', 'wrong', '-n', 'anna', 'id.pub')
    const sshd = await trusting()
    await (
      await openSession(client.connection(sshd.port, await config(`IdentityFile ${path('id')}\nCertificateFile ${path('elsewhere')}\n`)))
    ).close()
  })

  test.each(['ed25519', 'ecdsa', 'rsa'])('takes a certificate that the agent holds with an %s key', async type => {
    newKey('id', type)
    certify('id', '-n', 'anna')
    const socket = await startAgent('id')
    const sshd = await trusting()
    await (await openSession(client.connection(sshd.port, { ...(await config('IdentityFile none\n')), agent: socket }))).close()
  })

  test.each(['', 'IdentitiesOnly yes\n'])('takes a CertificateFile whose key the agent alone has (%j)', async lines => {
    newKey('id')
    const socket = await startAgent('id')
    certify('id', '-n', 'anna')
    keygen('-p', '-f', 'id', '-N', 'open sesame')
    const sshd = await trusting()
    const more = await config(`${lines}IdentityFile ${path('id')}\nCertificateFile ${path('id-cert.pub')}\n`)
    await (await openSession(client.connection(sshd.port, { ...more, agent: socket }))).close()
    expect(sshd.logins).toEqual(['publickey', 'publickey'])
  })

  test('is not shown certificates of the agent that IdentitiesOnly does not name', async () => {
    newKey('id')
    certify('id', '-n', 'anna')
    newKey('other')
    const socket = await startAgent('id')
    const sshd = await trusting()
    const more = await config(`IdentitiesOnly yes\nIdentityFile ${path('other')}\n`)
    const opening = openSession(client.connection(sshd.port, { ...more, agent: socket }))
    await expect(opening).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    expect(sshd.logins).toEqual(['publickey'])
  })

  test('refuses a certificate for somebody else: the plain key is tried next, and the error says what is wrong with the certificate', async () => {
    newKey('id')
    certify('id', '-n', 'bert')
    const sshd = await trusting()
    const error = await openSession(client.connection(sshd.port, { privateKeyFile: path('id') })).catch(
      error => error as Error & { next: string },
    )
    expect(error).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      tried: [`certificate ${path('id-cert.pub')}`, `publickey ${path('id')}`],
      message: expect.stringContaining(`; certificate ${path('id-cert.pub')}: it is for bert, not for anna`) as string,
      next: expect.stringContaining('Get a new certificate') as string,
    })
  })
})

test('of a certificate and its key, what PubkeyAcceptedAlgorithms leaves out is not shown', async () => {
  newKey('id')
  certify('id', '-n', 'anna')
  const [lines, ways] = ['PubkeyAcceptedAlgorithms ssh-ed25519\n', [`certificate ${path('id-cert.pub')}`, `key ${path('id')}`]]
  for (const [written, leftOut] of [
    [lines, `${ways[0]} (ssh-ed25519-cert-v01@openssh.com)`],
    ['PubkeyAcceptedAlgorithms *-cert-v01@openssh.com\n', `${ways[1]} (ssh-ed25519)`],
  ]) {
    const sshd = await client.sshd({ authorizedKeys: [] })
    const more = await config(`${written}IdentityFile ${path('id')}\n`)
    const error = await openSession(client.connection(sshd.port, more)).catch((caught: Error) => caught)
    expect(error).toMatchObject({ message: expect.stringContaining(`PubkeyAcceptedAlgorithms leaves out ${leftOut}`) as string })
    expect(sshd.logins).toEqual(['publickey'])
  }
})

test('a host that knows the plain key takes it after the certificate', async () => {
  await writeFile(`${client.keyFile}.pub`, client.key.public)
  certify('id_ed25519', '-n', 'anna')
  const sshd = await client.sshd()
  await (await openSession(client.connection(sshd.port))).close()
  expect(sshd.logins).toEqual(['publickey', 'publickey', 'publickey'])
})
