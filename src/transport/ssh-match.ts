import { execFile } from 'node:child_process'
import { ConfigSyntaxError, type ConfigLine } from './ssh-config-text.js'
import { listMatcher } from './ssh-patterns.js'

/** What is known of a host at the line of a Host or Match. */
export interface MatchContext {
  /** as given by the inventory */
  originalHost: string
  /** `originalHost`; in the second pass, which `Match final` asks for, the name after HostName */
  name: string
  /** the name after HostName, so far */
  hostName: string
  /** so far */
  user: string
  localUser: string
  finalPass: boolean
  /** to be called by a line that wants the second pass */
  wantFinalPass(): void
  /** whether a command, tokens and all, ends with 0 */
  succeeds(command: string, line: ConfigLine): Promise<boolean>
}

/** @param line a Host line: its patterns, of which one must match and no `!pattern` may */
export const hostLineMatches = ({ words }: ConfigLine, { name }: MatchContext): boolean => listMatcher(words)(name) === 'matched'

/**
 * Whether all criteria of a Match line hold, asked in their order until one does not. Source: ssh_config(5), "Match".
 * @throws {ConfigSyntaxError} a criterion that is not known or lacks its argument
 */
export async function matchLineHolds(line: ConfigLine, context: MatchContext): Promise<boolean> {
  const words = matchWords(line)
  for (let at = 0, holds = true; ;) {
    const word = words[at++]
    if (word === undefined) return holds
    const [negated, name] = [word.startsWith('!'), word.replace(/^!/, '').toLowerCase()]
    if (name === 'final') context.wantFinalPass()
    const flag = flags[name]?.(context)
    const argument = flag === undefined ? words[at++] : undefined
    if (flag === undefined && argument === undefined) throw new ConfigSyntaxError(line, `Match ${word} lacks an argument`)
    if (flag === undefined && criteria[name] === undefined) throw new ConfigSyntaxError(line, `Match ${word} is not known here`)
    // What follows a criterion that failed is read for its mistakes, and no command of it is run.
    if (holds) holds = (flag ?? (await criteria[name]!(argument!, context, line))) !== negated
  }
}

const flags: Record<string, ((context: MatchContext) => boolean) | undefined> = {
  all: () => true,
  final: ({ finalPass }) => finalPass,
  canonical: ({ finalPass }) => finalPass,
}

type Criterion = (argument: string, context: MatchContext, line: ConfigLine) => boolean | Promise<boolean>

const criteria: Record<string, Criterion | undefined> = {
  host: (list, { hostName }) => inList(list.toLowerCase(), hostName.toLowerCase()),
  originalhost: (list, { originalHost }) => inList(list.toLowerCase(), originalHost.toLowerCase()),
  user: (list, { user }) => inList(list, user),
  localuser: (list, { localUser }) => inList(list, localUser),
  exec: (command, context, line) => context.succeeds(command, line),
}

const inList = (list: string, name: string) => listMatcher(list.split(','))(name) === 'matched'

/** Blanks or one `=` between words; a word in double quotes is whole. */
function matchWords(line: ConfigLine): string[] {
  const words: string[] = []
  const word = /\s*(?:"([^"]*)"|([^\s="]+))\s*=?/y
  for (const text = line.rest; word.lastIndex < text.length;) {
    const [, quoted, plain] = word.exec(text) ?? []
    if (quoted === undefined && plain === undefined) throw new ConfigSyntaxError(line, `a quote is not closed: ${text}`)
    if (plain?.startsWith('#')) break
    words.push(quoted ?? plain!)
  }
  return words
}

/** By the admin's own shell, as ssh runs it. */
export const shellSucceeds = (command: string): Promise<boolean> =>
  new Promise(resolve => {
    const child = execFile(process.env['SHELL'] || '/bin/sh', ['-c', command], { timeout: execTimeoutMs }, error => resolve(error === null))
    child.stdin?.end()
  })

const execTimeoutMs = 30_000
