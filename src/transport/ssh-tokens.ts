import { homedir, hostname, userInfo } from 'node:os'

/** What the tokens of ssh_config stand for. */
export interface TokenValues {
  /** %n: as given */
  originalHost: string
  /** %h: after HostName */
  hostName: string
  port: number
  /** %r */
  user: string
  hostKeyAlias?: string
}

/**
 * Replaces `%h` and its like. Source: ssh_config(5), "TOKENS".
 * @param allowed the letters that the keyword takes besides `%%`
 * @throws {Error} another token
 */
export function expandTokens(text: string, values: TokenValues, allowed = 'dhikLlnpru'): string {
  return text.replace(/%(.?)/gs, (token, letter: string) => {
    if (letter === '%') return '%'
    const value = allowed.includes(letter) ? tokens[letter]?.(values) : undefined
    if (value === undefined) throw new Error(`the token ${token} in ${text} is not known here`)
    return value
  })
}

const tokens: Record<string, ((values: TokenValues) => string) | undefined> = {
  d: () => homedir(),
  h: ({ hostName }) => hostName,
  i: () => String(userInfo().uid),
  k: ({ hostKeyAlias, originalHost }) => hostKeyAlias ?? originalHost,
  L: () => hostname().replace(/\..*/s, ''),
  l: () => hostname(),
  n: ({ originalHost }) => originalHost,
  p: ({ port }) => String(port),
  r: ({ user }) => user,
  u: () => userInfo().username,
}

/**
 * `${NAME}` becomes the variable of this process.
 * @throws {Error} it is not set
 */
export const expandEnvironment = (text: string): string =>
  text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = process.env[name]
    if (value === undefined) throw new Error(`the environment variable ${name} in ${text} is not set`)
    return value
  })

/**
 * Tokens in a text that a shell gets. The admin wrote the text and its quotes; the names come from an inventory, so one that a shell
 * could read as more than a word is refused, as OpenSSH refuses it (9.6, `valid_hostname`).
 * @throws {Error} such a name, or a token that is not known
 */
export function expandCommand(text: string, values: TokenValues, allowed?: string): string {
  for (const [, letter = ''] of text.matchAll(/%(.)/gs)) {
    const value = tokens[letter]?.(values)
    if (value !== undefined && !isPlain(value)) throw new Error(`the name ${JSON.stringify(value)} is not handed to a shell: ${text}`)
  }
  return expandTokens(text, values, allowed)
}

const isPlain = (value: string) => /^[\p{L}\p{N}_.:[\]/][\p{L}\p{N}_.:@%+,[\]/-]*$/u.test(value)
