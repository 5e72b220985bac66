import { expandTokens, type TokenValues } from './ssh-tokens.js'

/** One host on the way to another; what is left out comes from its own ssh_config. */
export interface Jump {
  address: string
  user?: string
  port?: number
}

/**
 * `ProxyJump [user@]host[:port],…` or `ssh://[user@]host[:port]`. Source: ssh_config(5).
 * @returns undefined for `none`
 * @throws {Error} it is none of these
 */
export function parseJumps(text: string, tokens: TokenValues): Jump[] | undefined {
  const list = text.replace(/\s*#.*$/s, '').replace(/^"(.*)"$/, '$1')
  if (list.toLowerCase() === 'none') return undefined
  return list.split(',').map(part => parseJump(expandTokens(part.trim(), tokens, 'hnpr')))
}

function parseJump(text: string): Jump {
  const [, user, bracketed, plain, port] =
    /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:@[\]]+|[^@[\]]*:[^@[\]]*:[^@[\]]*))(?::(\d+))?\/?$/.exec(text) ?? []
  const address = bracketed ?? plain
  const number = port === undefined ? undefined : Number(port)
  if (address === undefined || address.startsWith('-') || number === 0 || (number ?? 0) > 65_535)
    throw new Error(`ProxyJump takes [user@]host[:port], not ${text}`)
  return { address, ...(user === undefined ? {} : { user }), ...(number === undefined ? {} : { port: number }) }
}
