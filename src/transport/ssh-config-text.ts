/** One keyword of an ssh_config file. */
export interface ConfigLine {
  /** in lower case */
  keyword: string
  /** its arguments, quotes removed; those of ProxyCommand and ProxyJump mean nothing, see `rest` */
  words: string[]
  /** everything after the keyword, as written */
  rest: string
  file: string
  /** 0: given on the command line or by a variable */
  line: number
}

/** Why a file cannot be used, with the place. */
export class ConfigSyntaxError extends Error {
  constructor({ file, line }: { file: string; line: number }, problem: string) {
    super(line === 0 ? `${file}: ${problem}` : `${file}:${line}: ${problem}`)
  }
}

/**
 * The lines of a file. Source: ssh_config(5), and OpenSSH 9.2 itself (`ssh -G`) where it is silent.
 * @throws {ConfigSyntaxError} a keyword without argument, or a quote that is never closed
 */
export function parseConfig(text: string, file: string): ConfigLine[] {
  return text.split('\n').flatMap((line, i) => configLine(line, { file, line: i + 1 }))
}

/** @throws {ConfigSyntaxError} */
export function configLine(text: string, place: { file: string; line: number }): ConfigLine[] {
  const [, keyword = '', rest = ''] = /^\s*([^\s="]*)[ \t\f\r]*=?\s*(.*?)\s*$/s.exec(text) ?? []
  if (keyword === '' || keyword.startsWith('#')) return []
  if (rest === '') throw new ConfigSyntaxError(place, `${keyword} has no argument`)
  const line = { keyword: keyword.toLowerCase(), rest, ...place }
  if (takesRest.has(line.keyword)) return [{ ...line, words: [] }]
  const words = splitWords(rest)
  if (words === undefined) throw new ConfigSyntaxError(place, `a quote is not closed: ${rest}`)
  if (words.length === 0) throw new ConfigSyntaxError(place, `${keyword} has no argument`)
  if (words.length > 1 && takesOne.has(line.keyword)) throw new ConfigSyntaxError(place, `${keyword} takes one argument, not ${rest}`)
  return [{ ...line, words }]
}

const takesRest = new Set(['proxycommand', 'proxyjump', 'localcommand', 'remotecommand', 'knownhostscommand', 'match'])
const takesOne = new Set(
  (
    'hostname port user identityfile certificatefile identitiesonly identityagent stricthostkeychecking hostkeyalias hashknownhosts ' +
    'connecttimeout connectionattempts serveraliveinterval serveralivecountmax preferredauthentications compression addressfamily ' +
    'bindaddress forwardagent kexalgorithms ciphers macs hostkeyalgorithms pubkeyacceptedalgorithms'
  ).split(' '),
)

/** Words as OpenSSH splits them: quotes of both kinds anywhere, a backslash before a quote, a backslash or a blank; `#` at the start of a word is a comment. */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (let at = 0; at < text.length; at++) {
    const [character, next] = [text[at]!, text[at + 1] ?? '']
    const blank = character === ' ' || character === '\t'
    if (quote === undefined && blank) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (word === undefined && character === '#') break
    else if (character === '\\' && next !== '' && (`'"\\`.includes(next) || (next === ' ' && quote === undefined))) {
      word = (word ?? '') + next
      at++
    } else if (character === quote) quote = undefined
    else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character
      word ??= ''
    } else word = (word ?? '') + character
  }
  if (quote !== undefined) return undefined
  return word === undefined ? words : [...words, word]
}
