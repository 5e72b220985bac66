import type { AnyAuthMethod } from 'ssh2'
import { LoginAgent, SharedAgent } from './agent.js'
import { acceptedKeys } from './algorithms.js'
import { certificateFiles, type CertificateFiles } from './certificate-files.js'
import type { Connection } from './connection.js'
import { IdentityFileError, PassphraseNeededError, type UnreachableError } from './errors.js'
import { loadIdentity, publicHalf } from './identity.js'
import type { LocalFiles } from './local-files.js'
import { CertificateAgent, isFor, type UserCertificate } from './user-certificate.js'
import type { SshSettings } from './ssh-config.js'

/** One way of proving who we are. */
export interface LoginWay {
  /** RFC 4252's name: sshd says which of them it takes */
  method: 'publickey' | 'password' | 'keyboard-interactive' | 'none'
  /** for people: `publickey ~/.ssh/id_ed25519`, `agent`, `password` */
  label: string
  attempt: AnyAuthMethod
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
 * With IdentitiesOnly the agent is asked for the keys of those files and for no others.
 * @throws {IdentityFileError | PassphraseNeededError} the key file that was named cannot be used, and there is nothing else to try
 */
export async function loginWays(connection: Connection, settings: SshSettings, local: LocalFiles): Promise<Login> {
  const { user, identityFiles: listed = defaultIdentities } = settings
  const named = connection.privateKeyFile
  const files = named === undefined ? listed : [named]
  const accepts = acceptedKeys(settings.algorithms.pubkeyacceptedalgorithms)
  const keys = await Promise.all(files.map(file => keyWay(file, connection, user, local, accepts)))
  const { usable: readable, notes } = await certificateFiles(settings.certificateFiles, files, user, local)
  const usable = readable.filter(({ certificate }) => accepts(certificate.algorithm))
  const certified = await certificateWays(files, usable, connection, user, local)
  const only = settings.identitiesOnly ? [...new Set([...files, ...listed])] : undefined
  const agents = await agentWays(
    agentSocket(connection, settings),
    only,
    usable.map(({ certificate }) => certificate),
    user,
    local,
    accepts,
  )
  const keyWays = [...certified, ...keys.flatMap(key => ('way' in key ? [key.way] : []))]
  const every = [...(named === undefined ? [...agents, ...keyWays] : [...keyWays, ...agents]), ...passwordWays(connection, user)]
  const ways = preferred(every, settings.preferredAuthentications)
  const locked = keys.flatMap(key => ('locked' in key ? [key.locked] : []))[0]
  if (ways.length === 0 && locked) throw locked
  const leftOut = keys.flatMap(key => ('leftOut' in key ? [`PubkeyAcceptedAlgorithms leaves out key ${key.leftOut}`] : []))
  return { user, ways: ways.length > 0 ? ways : [noneWay(user)], locked, notes: [...notes, ...leftOut] }
}

async function keyWay(
  file: string,
  { host, privateKeyFile, passphrase }: Connection,
  user: string,
  local: LocalFiles,
  accepts: (type: string) => boolean,
): Promise<{ way: LoginWay } | { locked: UnreachableError } | { leftOut: string } | { skipped: true }> {
  const identity = await loadIdentity(file, passphrase, local)
  if ('key' in identity) {
    if (!accepts(identity.key.type)) return { leftOut: file }
    return { way: { method: 'publickey', label: `publickey ${file}`, attempt: { type: 'publickey', username: user, key: identity.key } } }
  }
  if ('locked' in identity) return { locked: new PassphraseNeededError(host, file, identity.locked === 'wrong passphrase') }
  if (file !== privateKeyFile) return { skipped: true }
  throw new IdentityFileError(host, file, 'missing' in identity ? 'there is no such file' : identity.unusable)
}

/** Certificates of keys that are open. They come before the keys themselves, as in OpenSSH. */
async function certificateWays(
  files: readonly string[],
  certificates: CertificateFiles['usable'],
  { passphrase }: Connection,
  user: string,
  local: LocalFiles,
): Promise<LoginWay[]> {
  if (certificates.length === 0) return []
  const identities = await Promise.all(files.map(file => loadIdentity(file, passphrase, local)))
  return certificates.flatMap(({ file, certificate }) =>
    identities
      .flatMap(identity => ('key' in identity && isFor(certificate, identity.key) ? [identity.key] : []))
      .map((key): LoginWay => {
        const agent = new CertificateAgent(key, certificate)
        return { method: 'publickey', label: `certificate ${file}`, attempt: { type: 'agent', username: user, agent } }
      }),
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
  certificates: readonly UserCertificate[],
  user: string,
  local: LocalFiles,
  accepts: (type: string) => boolean,
): Promise<LoginWay[]> {
  if (!socket) return []
  const shared = await local.once(`agent ${socket}`, async () => new SharedAgent(socket))
  const halves = only && (await Promise.all(only.map(file => publicHalf(file, local)))).filter(half => half !== undefined)
  const allowed = halves && [...halves, ...certificates.map(({ blob }) => blob)]
  if (allowed?.length === 0) return []
  const agent = new LoginAgent(shared, certificates, accepts, allowed)
  return [{ method: 'publickey', label: 'agent', attempt: { type: 'agent', username: user, agent } }]
}

const passwordWays = ({ password }: Connection, user: string): LoginWay[] => {
  if (!password) return []
  return [
    { method: 'password', label: 'password', attempt: { type: 'password', username: user, password: password.reveal() } },
    { method: 'keyboard-interactive', label: 'keyboard-interactive', attempt: keyboard(user, () => password.reveal()) },
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
const noneWay = (username: string): LoginWay => ({ method: 'none', label: 'none', attempt: { type: 'none', username } })
