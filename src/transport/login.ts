import type { AnyAuthMethod, ParsedKey } from 'ssh2'
import { LoginAgent, SharedAgent } from './agent.js'
import { certificateFiles, type CertificateFiles } from './certificate-files.js'
import type { Connection } from './connection.js'
import { IdentityFileError, PassphraseNeededError, type UnreachableError } from './errors.js'
import { loadIdentity, publicHalf } from './identity.js'
import { acceptedAlgorithms, algorithmFor } from './key-algorithms.js'
import { keyType } from './known-hosts.js'
import type { LocalFiles } from './local-files.js'
import { isFor, showing, type UserCertificate } from './user-certificate.js'
import type { SshSettings } from './ssh-config.js'

/** One way of proving who we are. */
export interface LoginWay {
  /** RFC 4252's name: sshd says which of them it takes */
  method: 'publickey' | 'password' | 'keyboard-interactive' | 'none'
  /** for people: `publickey ~/.ssh/id_ed25519`, `agent`, `password` */
  label: string
  /** @param taken signatures that sshd says it takes. @returns undefined: none that this could make */
  attempt(taken?: readonly string[]): AnyAuthMethod | undefined
}

export interface Login {
  user: string
  /** in the order they are tried */
  ways: LoginWay[]
  /** a key file that we could not open: told if nothing else works */
  locked?: UnreachableError
  /** what is wrong with certificates, and keys that are left out: told with a refused login */
  notes: string[]
}

const defaultIdentities = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa']

/**
 * A key file that was named comes first, then the agent, then ssh_config's or the usual key files that exist, then the password.
 * With IdentitiesOnly the agent is asked for the keys of those files and for no others. Those that PubkeyAcceptedAlgorithms leaves out are not shown.
 * @throws {IdentityFileError | PassphraseNeededError} the key file that was named cannot be used, and there is nothing else to try
 */
export async function loginWays(connection: Connection, settings: SshSettings, local: LocalFiles): Promise<Login> {
  const { user, identityFiles: listed = defaultIdentities } = settings
  const named = connection.privateKeyFile
  const files = named === undefined ? listed : [named]
  const written = settings.algorithms.pubkeyacceptedalgorithms
  const accepted = acceptedAlgorithms(written)
  const keys = await Promise.all(files.map(file => keyWay(file, connection, user, accepted, local)))
  const { usable, notes } = await certificateFiles(settings.certificateFiles, files, user, local)
  const certified = await certificateWays(files, usable, connection, user, accepted, local)
  const only = settings.identitiesOnly ? [...new Set([...files, ...listed])] : undefined
  const agents = await agentWays(agentSocket(connection, settings), only, usable, { user, written, accepted }, local)
  const keyWays = [...certified, ...keys].flatMap(key => ('way' in key ? [key.way] : []))
  const leftOut = [...certified, ...keys].flatMap(key => ('leftOut' in key ? [`PubkeyAcceptedAlgorithms leaves out ${key.leftOut}`] : []))
  const every = [...(named === undefined ? [...agents, ...keyWays] : [...keyWays, ...agents]), ...passwordWays(connection, user)]
  const ways = preferred(every, settings.preferredAuthentications)
  const locked = keys.flatMap(key => ('locked' in key ? [key.locked] : []))[0]
  if (ways.length === 0 && locked) throw locked
  return { user, ways: ways.length > 0 ? ways : [noneWay(user)], locked, notes: [...leftOut, ...notes] }
}

/** `leftOut`: of no algorithm that is accepted. */
type KeyWay = { way: LoginWay } | { leftOut: string }

async function keyWay(
  file: string,
  { host, privateKeyFile, passphrase }: Connection,
  user: string,
  accepted: readonly string[],
  local: LocalFiles,
): Promise<KeyWay | { locked: UnreachableError } | { skipped: true }> {
  const identity = await loadIdentity(file, passphrase, local)
  if ('key' in identity) return wayOf(`publickey ${file}`, `key ${file}`, user, identity.key, accepted)
  const type = 'locked' in identity ? keyType((await publicHalf(file, local)) ?? Buffer.alloc(0)) : undefined
  if (type !== undefined && algorithmFor(type, accepted) === undefined) return { leftOut: `key ${file} (${type})` }
  if ('locked' in identity) return { locked: new PassphraseNeededError(host, file, identity.locked === 'wrong passphrase') }
  if (file !== privateKeyFile) return { skipped: true }
  throw new IdentityFileError(host, file, 'missing' in identity ? 'there is no such file' : identity.unusable)
}

function wayOf(
  label: string,
  name: string,
  user: string,
  key: ParsedKey,
  accepted: readonly string[],
  certificate?: UserCertificate,
): KeyWay {
  const { type } = certificate ?? key
  if (algorithmFor(type, accepted) === undefined) return { leftOut: `${name} (${type})` }
  const attempt: LoginWay['attempt'] = taken => {
    const algorithm = algorithmFor(type, accepted, taken)
    return algorithm === undefined ? undefined : { type: 'publickey', username: user, key: showing(key, algorithm, certificate) }
  }
  return { way: { method: 'publickey', label, attempt } }
}

/** Certificates of keys that are open. They come before the keys themselves, as in OpenSSH. */
async function certificateWays(
  files: readonly string[],
  certificates: CertificateFiles['usable'],
  { passphrase }: Connection,
  user: string,
  accepted: readonly string[],
  local: LocalFiles,
): Promise<KeyWay[]> {
  if (certificates.length === 0) return []
  const identities = await Promise.all(files.map(file => loadIdentity(file, passphrase, local)))
  return certificates.flatMap(({ file, certificate }) =>
    identities
      .flatMap(identity => ('key' in identity && isFor(certificate, identity.key) ? [identity.key] : []))
      .map(key => wayOf(`certificate ${file}`, `certificate ${file}`, user, key, accepted, certificate)),
  )
}

/** PreferredAuthentications says which methods are tried, and in which order. */
const preferred = (ways: readonly LoginWay[], methods: readonly string[] | undefined): LoginWay[] =>
  methods === undefined ? [...ways] : methods.flatMap(method => ways.filter(way => way.method === method))

/** Of the agent that may be asked: the connection's own, then IdentityAgent, then the environment's. */
export function agentSocket({ agent }: Connection, { identityAgent }: Pick<SshSettings, 'identityAgent'>): string | undefined {
  if (agent !== undefined) return agent === false ? undefined : agent
  if (identityAgent !== undefined && identityAgent !== 'SSH_AUTH_SOCK')
    return identityAgent.toLowerCase() === 'none' ? undefined : identityAgent
  return process.env['SSH_AUTH_SOCK']
}

/** @param only identity files whose keys alone the agent may use */
async function agentWays(
  socket: string | undefined,
  only: readonly string[] | undefined,
  files: CertificateFiles['usable'],
  { user, written, accepted }: { user: string; written?: string | undefined; accepted: readonly string[] },
  local: LocalFiles,
): Promise<LoginWay[]> {
  if (!socket) return []
  const shared = await local.once(`agent ${socket}`, async () => new SharedAgent(socket))
  const halves = only && (await Promise.all(only.map(file => publicHalf(file, local)))).filter(half => half !== undefined)
  const certificates = files.map(({ certificate }) => certificate)
  const allowed = halves && [...halves, ...certificates.map(({ blob }) => blob)]
  if (allowed?.length === 0) return []
  const label = written === undefined ? 'agent' : `agent (PubkeyAcceptedAlgorithms ${written})`
  const attempt: LoginWay['attempt'] = taken => {
    const agent = new LoginAgent(shared, { certificates, accepted, ...(allowed && { allowed }), ...(taken && { taken }) })
    return { type: 'agent', username: user, agent }
  }
  return [{ method: 'publickey', label, attempt }]
}

const passwordWays = ({ password }: Connection, user: string): LoginWay[] => {
  if (!password) return []
  return [
    { method: 'password', label: 'password', attempt: () => ({ type: 'password', username: user, password: password.reveal() }) },
    { method: 'keyboard-interactive', label: 'keyboard-interactive', attempt: () => keyboard(user, () => password.reveal()) },
  ]
}

/** Answers the first round of hidden questions; a second round means that the answer was wrong, and is not answered. */
const keyboard = (username: string, password: () => string): AnyAuthMethod => {
  let rounds = 0
  return {
    type: 'keyboard-interactive',
    username,
    prompt: (_name, _instructions, _language, prompts, finish) =>
      finish(rounds++ === 0 ? prompts.map(({ echo }) => (echo ? '' : password())) : []),
  }
}

/** Nothing to try: asked all the same, so that the error can say what sshd takes. */
const noneWay = (username: string): LoginWay => ({ method: 'none', label: 'none', attempt: () => ({ type: 'none', username }) })
