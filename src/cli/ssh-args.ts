import { InputError } from '../errors.js'
import type { Connection } from '../transport/connection.js'
import { hostKeysAreChecked } from '../transport/ssh-config.js'
import { splitWords } from '../transport/ssh-config-text.js'

/** Options of OpenSSH that the connections of netplay have no use for, or that are on anyway. */
const idle = /^(controlmaster|controlpersist|controlpath|loglevel|batchmode|tcpkeepalive)$/i

/** Keywords that are obeyed, as in ssh_config. */
const obeyed = new RegExp(
  `^(${[
    ...['hostname', 'port', 'user', 'proxyjump', 'proxycommand', 'addressfamily', 'bindaddress'],
    ...['identityfile', 'certificatefile', 'identitiesonly', 'identityagent', 'forwardagent', 'preferredauthentications'],
    ...['pubkeyacceptedalgorithms', 'pubkeyacceptedkeytypes'],
    ...['userknownhostsfile', 'globalknownhostsfile', 'stricthostkeychecking', 'hostkeyalias', 'hashknownhosts'],
    ...['connecttimeout', 'connectionattempts', 'serveraliveinterval', 'serveralivecountmax'],
    ...['kexalgorithms', 'ciphers', 'macs', 'hostkeyalgorithms', 'compression', 'setenv', 'sendenv'],
  ].join('|')})$`,
  'i',
)

/** Options that are a keyword by another name. Source: ssh(1). */
const letters: Record<string, string | undefined> = { J: 'ProxyJump', i: 'IdentityFile', l: 'User', p: 'Port', o: '' }
/** And those without a value, of which C alone has a meaning here. */
const idleLetters = /^-[CqvTtnx]+$/

/**
 * The options of ssh that variables give, as lines of ssh_config that come before the files.
 * @param texts ansible_ssh_args, ansible_ssh_common_args, ansible_ssh_extra_args and the options of the same name
 * @param warn told what is not obeyed
 * @throws {InputError} an option that netplay would have to keep and does not know
 */
export function sshArgs(
  host: string,
  texts: readonly (string | undefined)[],
  warn: (message: string) => void = () => undefined,
): Pick<Connection, 'sshOptions' | 'sshConfigFiles' | 'acceptNew'> {
  const words = texts.flatMap(text => wordsOf(host, text ?? ''))
  const sshOptions: string[] = []
  let file: string | undefined
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (idleLetters.test(word)) {
      if (word.includes('C')) sshOptions.push('Compression yes')
      continue
    }
    const [, letter = '', joined] = /^-([A-Za-z])(.*)$/s.exec(word) ?? []
    const value = joined === '' ? words[++i] : joined
    if (letter === 'F' && value !== undefined) file ??= value
    else if (letters[letter] !== undefined && value !== undefined)
      sshOptions.push(...kept(host, `${letters[letter]} ${value}`.trim(), warn))
    else throw notSupported(host, word)
  }
  // It holds for jump hosts too, as --ssh-accept-new does, and over it.
  const strict = sshOptions.find(option => /^stricthostkeychecking /i.test(option))
  return {
    ...(sshOptions.length > 0 ? { sshOptions } : {}),
    ...(strict === undefined ? {} : { acceptNew: /accept-new$/i.test(strict) }),
    ...(file === undefined ? {} : { sshConfigFiles: file === 'none' ? [] : [file] }),
  }
}

function kept(host: string, option: string, warn: (message: string) => void): string[] {
  const [name = '', value = ''] = option.split(/\s*[= ]\s*(.*)/s)
  if (idle.test(name)) return []
  if (/^stricthostkeychecking$/i.test(name) && /^(no|off)$/i.test(value)) {
    warn(hostKeysAreChecked(`StrictHostKeyChecking=${value} in ansible_ssh_args`))
    return []
  }
  if (!obeyed.test(name) || (/^serveralive/i.test(name) && !/^\d/.test(value))) throw notSupported(host, option)
  return [`${name} ${value}`]
}

function wordsOf(host: string, text: string): string[] {
  const words = splitWords(text)
  if (words === undefined) throw new InputError(`${host}: a quote is not closed in ansible_ssh_args: ${text}`)
  return words
}

const notSupported = (host: string, option: string) =>
  new InputError(`${host}: ssh option "${option}" is not supported here`, {
    next: 'Put it into ~/.ssh/config if it can be there, or leave it out.',
  })
