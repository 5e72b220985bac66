import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { acceptedAlgorithms } from '../../src/transport/key-algorithms.js'
import { expandHome, LocalFiles } from '../../src/transport/local-files.js'
import { sshSettings, type SshSettings } from '../../src/transport/ssh-config.js'
import { parseJumps } from '../../src/transport/ssh-jump.js'
import { parseTime } from '../../src/transport/ssh-time.js'

const host = fc.constantFrom('n1', 'n2', 'N1', 'web1.example', 'web2.example', '10.0.0.1', 'fd00::1')
const pattern = fc.constantFrom(
  'n1',
  'n*',
  '*.example',
  'web?.example',
  '*',
  '10.0.0.?',
  'N1',
  '[n]1',
  '!n2',
  '!*.example',
  '?*',
  'fd00::*',
)
const user = fc.constantFrom('anna', 'bob', 'root', 'a b')
const blank = fc.constantFrom(' ', '  ', '\t', '=', ' = ')

/** A word as people write it: bare, or quoted in one of the ways there are. */
const written = (word: fc.Arbitrary<string>) =>
  fc.tuple(word, fc.constantFrom('bare', 'double', 'single', 'inside', 'escaped')).map(([text, how]) => {
    if (how === 'double') return `"${text}"`
    if (how === 'single') return `'${text}'`
    if (how === 'inside') return `${text.slice(0, 1)}"${text.slice(1)}"`
    return how === 'escaped' ? text.replaceAll(' ', '\\ ') : text
  })
const some = written(fc.constantFrom('~/a', '/etc/b', '/c d', '/e#f', '/g=h'))
const file = fc.oneof({ weight: 5, arbitrary: some }, { weight: 1, arbitrary: fc.constant('none') })
const list = (word: fc.Arbitrary<string>) => fc.array(word, { minLength: 1, maxLength: 3 }).map(words => words.join(' '))
const yesNo = fc.constantFrom('yes', 'no')
const jump = fc
  .tuple(
    fc.constantFrom('', 'bob@', 'a.b@'),
    fc.constantFrom('j1', 'j2.example', '10.1.1.1', '[fd00::9]'),
    fc.constantFrom('', ':22', ':2222'),
  )
  .map(parts => parts.join(''))

const algorithmList = (word: fc.Arbitrary<string>) => fc.array(word, { minLength: 1, maxLength: 3 }).map(words => words.join(','))
/** Patterns in a list that is taken in its order match one that netplay has: OpenSSH's order of several is not that of its defaults. */
const keyAlgorithms = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', '+', '^'),
      algorithmList(
        fc.constantFrom(
          ...['ssh-ed25519', 'ecdsa-sha2-nistp384', 'rsa-sha2-256', 'rsa-sha2-512', 'ssh-rsa', 'sk-ssh-ed25519@openssh.com'],
          ...['ssh-ed25519-cert-v01@openssh.com', 'rsa-sha2-256-cert-v01@openssh.com', '*ssh-ed25519', 'rsa-sha2-51?', '*-nistp521'],
        ),
      ),
    )
    .map(parts => parts.join('')),
  algorithmList(fc.constantFrom('ssh-ed25519*', '*-cert-v01@openssh.com', 'ecdsa-*', 'rsa-sha2-256', 'nothing', '*')).map(
    words => `-${words}`,
  ),
)

const values: Record<string, fc.Arbitrary<string>> = {
  HostName: written(fc.constantFrom('%h.example', '10.9.9.9', 'web1.example', 'a%%b', 'n2', 'UPPER')),
  Port: fc.constantFrom('22', '2222', '"443"'),
  User: written(user),
  IdentityFile: file,
  CertificateFile: file,
  IdentitiesOnly: yesNo,
  IdentityAgent: fc.constantFrom('none', '/run/agent', 'SSH_AUTH_SOCK'),
  ProxyJump: fc.oneof(
    fc.constant('none'),
    fc.array(jump, { minLength: 1, maxLength: 3 }).map(jumps => jumps.join(',')),
  ),
  ProxyCommand: fc.constantFrom('none', 'nc %h %p', 'ssh -W "[%h]:%p"   gw', "sh -c 'nc %h %p' # no comment"),
  UserKnownHostsFile: fc.oneof({ weight: 5, arbitrary: list(some) }, { weight: 1, arbitrary: fc.constant('none') }),
  GlobalKnownHostsFile: list(fc.constantFrom('/k1', '"/k 2"')),
  StrictHostKeyChecking: fc.constantFrom('yes', 'no', 'ask', 'accept-new'),
  HostKeyAlias: fc.constantFrom('alias1', 'Alias2'),
  HashKnownHosts: yesNo,
  ConnectTimeout: fc.constantFrom('5', '1m30s', 'none'),
  ConnectionAttempts: fc.constantFrom('1', '3'),
  ServerAliveInterval: fc.constantFrom('0', '20', '2m'),
  ServerAliveCountMax: fc.constantFrom('2', '5'),
  PreferredAuthentications: fc.constantFrom('publickey', 'publickey,password'),
  PubkeyAcceptedAlgorithms: keyAlgorithms,
  PubkeyAcceptedKeyTypes: keyAlgorithms,
  Compression: yesNo,
  AddressFamily: fc.constantFrom('any', 'inet', 'inet6'),
  BindAddress: fc.constantFrom('127.0.0.1', '::1'),
  SetEnv: list(fc.constantFrom('A=1', '"B=2 3"', 'C=d=e', 'F=')),
  ForwardAgent: fc.constantFrom('yes', 'no'),
}

const keyword = fc.constantFrom(...Object.keys(values))
const cased = keyword.chain(name => fc.constantFrom(name, name.toLowerCase(), name.toUpperCase()).map(as => ({ name, as })))
const setting = cased.chain(({ name, as }) => fc.tuple(blank, values[name]!).map(([between, value]) => `${as}${between}${value}`))
const hostLine = list(written(pattern)).map(patterns => `Host ${patterns}`)
const inOne = fc.array(pattern, { minLength: 1, maxLength: 3 }).map(patterns => patterns.join(','))
const criterion = fc
  .tuple(
    fc.constantFrom('', '!'),
    fc.oneof(
      fc.tuple(fc.constantFrom('host', 'originalhost', 'Host'), inOne),
      fc.tuple(fc.constantFrom('user', 'localuser'), fc.constantFrom('anna', 'root', 'r*,!root', '"a b"', 'bob,anna')),
      fc.tuple(
        fc.constant('exec'),
        fc.constantFrom('true', 'false', '"false || true"', '"test %h = n1"', '"test %n = n1 -a %p = 22"', '"test %r = bob"'),
      ),
    ),
    fc.constantFrom(' ', '='),
  )
  .map(([negated, [name, argument], between]) => `${negated}${name}${between}${argument}`)
const matchLine = fc.oneof(
  { weight: 8, arbitrary: fc.array(criterion, { minLength: 1, maxLength: 3 }).map(criteria => `Match ${criteria.join(' ')}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'Match all',
      'Match final',
      'Match final all',
      'Match canonical',
      'Match !final host n*',
      'Match final host *.example',
    ),
  },
)
const oddity = fc.constantFrom(
  '# a comment',
  '',
  '  ',
  'Host',
  'User "open',
  'Match user',
  'Match nonsense x',
  'Port',
  'User anna # who',
  'Match user "x',
  'Include /nowhere/*',
)
const line = fc.oneof(
  { weight: 10, arbitrary: setting },
  { weight: 3, arbitrary: hostLine },
  { weight: 3, arbitrary: matchLine },
  { weight: 1, arbitrary: fc.constant('Include INCLUDED') },
)
const text = fc
  .tuple(fc.array(line, { maxLength: 14 }), fc.option(oddity, { freq: 6 }), fc.nat(14), fc.constantFrom('', '  ', '\t'))
  .map(([lines, odd, at, indent]) =>
    [...lines.slice(0, at), ...(odd === null ? [] : [odd]), ...lines.slice(at)].map(one => indent + one).join('\n'),
  )

export interface ConfigCase {
  text: string
  included: string
  host: string
}
const cases = fc.record({ text, included: text.map(inner => inner.replaceAll('INCLUDED', '/nowhere')), host })

/** What `ssh -G` says to generated files is what `sshSettings` says. @throws Error with the smallest case found, and its seed */
export async function sshConfigsAgree(count: number, seed: number): Promise<void> {
  await fc.assert(fc.asyncProperty(cases, configAgrees), { numRuns: count, seed, endOnFailure: process.env['CI'] === 'true' })
  process.stderr.write(`ssh_config: ${count} files as \`ssh -G\` reads them (seed ${seed})\n`)
}

export async function configAgrees({ text, included, host }: ConfigCase): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'netplay-config-'))
  try {
    const config = join(folder, 'config')
    await writeFile(join(folder, 'included'), `${included}\n`)
    await writeFile(config, `${text.replaceAll('INCLUDED', join(folder, 'included'))}\n`)
    const [theirs, ours] = await Promise.all([byOpenSsh(config, host), byUs(config, host)])
    if (ours !== 'stricter') expect(ours).toEqual(theirs)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** `stricter`: refused by a rule of netplay's own, which docs/ssh.md tells. */
type Comparable = Record<string, unknown> | 'refused' | 'stricter'

async function byUs(config: string, address: string): Promise<Comparable> {
  return sshSettings({ host: 'h', address, sshConfigFiles: [config] }, new LocalFiles()).then(comparable, ({ message }: Error) =>
    message.includes('is not handed to a shell') ? 'stricter' : 'refused',
  )
}

const comparable = (found: SshSettings): Comparable => ({
  hostname: found.hostName,
  port: String(found.port),
  user: found.user,
  identityfile: found.identityFiles ?? 'default',
  certificatefile: found.certificateFiles,
  identitiesonly: found.identitiesOnly,
  identityagent: found.identityAgent,
  through: found.through,
  // `ssh -G` prints lists without their quotes.
  userknownhostsfile: found.userKnownHostsFiles.join(' ') || 'none',
  globalknownhostsfile: found.globalKnownHostsFiles.join(' '),
  acceptNew: found.acceptNew,
  hostkeyalias: found.hostKeyAlias,
  hashknownhosts: found.hashKnownHosts,
  connecttimeout: found.connectTimeoutMs,
  connectionattempts: found.connectionAttempts ?? 1,
  serveraliveinterval: found.keepaliveMs,
  serveralivecountmax: found.keepaliveCount ?? 3,
  preferredauthentications: found.preferredAuthentications,
  pubkeyacceptedalgorithms: acceptedAlgorithms(found.algorithms.pubkeyacceptedalgorithms),
  compression: found.compression,
  addressfamily: found.addressFamily,
  bindaddress: found.bindAddress,
  environment: found.environment,
  forwardagent: found.forwardAgent,
})

const run = promisify(execFile)

async function byOpenSsh(config: string, host: string): Promise<Comparable> {
  const answer = await run('ssh', ['-G', '-F', config, host], { stdio: 'ignore' } as object).catch(() => undefined)
  if (answer === undefined) return 'refused'
  const lines = answer.stdout.trim().split('\n')
  const all = (keyword: string) => lines.filter(line => line.startsWith(`${keyword} `)).map(line => line.slice(keyword.length + 1))
  const one = (keyword: string) => all(keyword)[0]
  const files = (keyword: string) => [...new Set(all(keyword).map(expandHome))].filter(file => file !== 'none')
  const isDefault = all('identityfile').includes('~/.ssh/id_xmss')
  const tokens = { originalHost: host, hostName: one('hostname')!, port: Number(one('port')), user: one('user')! }
  const command = one('proxycommand')
  const jumps = one('proxyjump')
  return {
    hostname: one('hostname'),
    port: one('port'),
    user: one('user'),
    identityfile: isDefault ? 'default' : files('identityfile'),
    certificatefile: files('certificatefile'),
    identitiesonly: one('identitiesonly') === 'yes',
    identityagent: one('identityagent'),
    through:
      jumps !== undefined
        ? { jumps: parseJumps(jumps, tokens) }
        : command !== undefined
          ? { command: command.replace(/%([hp])/g, (_, letter) => String(letter === 'h' ? tokens.hostName : tokens.port)) }
          : undefined,
    userknownhostsfile: one('userknownhostsfile'),
    globalknownhostsfile: one('globalknownhostsfile'),
    acceptNew: one('stricthostkeychecking') === 'accept-new',
    hostkeyalias: one('hostkeyalias'),
    hashknownhosts: one('hashknownhosts') === 'yes',
    connecttimeout: parseTime(one('connecttimeout')!),
    connectionattempts: Number(one('connectionattempts')),
    serveraliveinterval: parseTime(one('serveraliveinterval')!),
    serveralivecountmax: Number(one('serveralivecountmax')),
    preferredauthentications: one('preferredauthentications')?.split(','),
    pubkeyacceptedalgorithms: (one('pubkeyacceptedalgorithms') ?? '').split(',').filter(one => acceptedAlgorithms().includes(one)),
    compression: one('compression') === 'yes',
    addressfamily: { inet: 4, inet6: 6 }[one('addressfamily')!],
    bindaddress: one('bindaddress'),
    environment: Object.fromEntries(all('setenv').map(word => /^([^=]+)=(.*)$/.exec(word)!.slice(1, 3))),
    forwardagent: one('forwardagent') === 'yes',
  }
}
