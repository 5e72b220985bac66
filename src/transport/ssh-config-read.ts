import { readdir, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { globMatcher } from '../inventory/glob.js'
import { expandHome, type LocalFiles } from './local-files.js'
import { ConfigSyntaxError, parseConfig, type ConfigLine } from './ssh-config-text.js'
import { hostLineMatches, matchLineHolds, shellSucceeds, type MatchContext } from './ssh-match.js'
import { expandCommand, expandTokens, type TokenValues } from './ssh-tokens.js'

/** Lines that hold for one host, by keyword, in the order in which they were met; HostName's tokens are replaced. `proxy`: those of ProxyJump and ProxyCommand together; an old name is with the new one. */
export type FoundLines = ReadonlyMap<string, readonly ConfigLine[]>

/** A configuration file; Include in it is relative to `folder`. */
export interface ConfigFile {
  path: string
  folder: string
  /** refused where others can write it, as whoever writes it runs commands as us */
  checked: boolean
}

/**
 * What the files say about one host: the first file's lines come first, `given` before all. Twice where a `Match final` asks for it.
 * @param given lines that hold for every name
 * @throws {ConfigSyntaxError | Error} with the place
 */
export async function readConfig(
  originalHost: string,
  given: readonly ConfigLine[],
  files: readonly ConfigFile[],
  local: LocalFiles,
): Promise<FoundLines> {
  const reader = new ConfigReader(originalHost, local)
  reader.add(given)
  for (const file of files) await reader.read(file, true, 0)
  if (!reader.finalPassWanted) return reader.found
  reader.startFinalPass()
  for (const file of files) await reader.read(file, true, 0)
  return reader.found
}

/** OpenSSH's READCONF_MAX_DEPTH */
const maxDepth = 16

class ConfigReader {
  readonly found = new Map<string, ConfigLine[]>()
  finalPassWanted = false
  private finalPass = false
  private name: string

  constructor(
    private readonly originalHost: string,
    private readonly local: LocalFiles,
  ) {
    this.name = originalHost
  }

  startFinalPass() {
    this.finalPass = true
    this.name = this.hostName().toLowerCase()
  }

  add(lines: readonly ConfigLine[]) {
    for (const given of lines) {
      const line = given.keyword === 'hostname' ? this.hostNameLine(given) : given
      const key = keyOf(line.keyword, this.finalPass)
      const known = this.found.get(key)
      if (known) known.push(line)
      else this.found.set(key, [line])
    }
  }

  /** HostName knows two tokens. */
  private hostNameLine(line: ConfigLine): ConfigLine {
    const values = { originalHost: this.name, hostName: this.name, port: 0, user: '' }
    return { ...line, words: [atPlace(line, () => expandTokens(line.words[0]!, values, 'h'))] }
  }

  /** @param reached false inside a section that does not hold: nothing of the file can */
  async read(file: ConfigFile, reached: boolean, depth: number): Promise<void> {
    if (depth > maxDepth) throw new Error(`${file.path}: Include goes deeper than ${maxDepth} files`)
    let active = reached
    for (const line of await linesOf(file, this.local)) {
      if (line.keyword === 'host') active = reached && hostLineMatches(line, this.context())
      else if (line.keyword === 'match')
        active = (await matchLineHolds(line, reached ? this.context() : { ...unreached, wantFinalPass: this.wantFinalPass })) && reached
      else if (line.keyword === 'include') await this.include(line, file, active, depth)
      else if (active) this.add([line])
    }
  }

  private async include(line: ConfigLine, { folder, checked }: ConfigFile, active: boolean, depth: number) {
    for (const word of line.words) {
      const pattern = word.startsWith('/') || word.startsWith('~') ? expandHome(word) : join(folder, word)
      const paths = await this.local.once(`glob ${pattern}`, () => expandGlob(pattern))
      for (const path of paths) await this.read({ path, folder, checked }, active, depth + 1)
    }
  }

  private context(): MatchContext {
    return {
      originalHost: this.originalHost,
      name: this.name,
      hostName: this.hostName(),
      user: this.first('user') ?? userInfo().username,
      localUser: userInfo().username,
      finalPass: this.finalPass,
      wantFinalPass: this.wantFinalPass,
      succeeds: (command, line) => this.succeeds(command, line),
    }
  }

  private wantFinalPass = () => void (this.finalPassWanted = true)

  private succeeds(command: string, line: ConfigLine): Promise<boolean> {
    const expanded = atPlace(line, () => expandCommand(command, this.tokens()))
    return this.local.once(`exec ${expanded}`, () => shellSucceeds(expanded))
  }

  private tokens(): TokenValues {
    return {
      originalHost: this.originalHost,
      hostName: this.hostName(),
      port: Number(this.first('port') ?? 22),
      user: this.first('user') ?? userInfo().username,
      hostKeyAlias: this.first('hostkeyalias'),
    }
  }

  private hostName = () => this.first('hostname') ?? this.first(finalHostName) ?? this.name

  private first = (keyword: string) => this.found.get(keyword)?.[0]?.words[0]
}

/** A HostName that only the second pass finds is seen by Match, and not connected to (`ssh -G`). */
const finalHostName = 'final hostname'

/** Keywords of which the first that is set counts. */
const sharedKeys = new Map([
  ['proxyjump', 'proxy'],
  ['proxycommand', 'proxy'],
  ['pubkeyacceptedkeytypes', 'pubkeyacceptedalgorithms'],
])

const keyOf = (keyword: string, finalPass: boolean): string => {
  if (keyword === 'hostname' && finalPass) return finalHostName
  return sharedKeys.get(keyword) ?? keyword
}

/** In an Include that does not hold: read for mistakes, no command is run; a second pass is wanted all the same (`ssh -G`). */
const unreached: Omit<MatchContext, 'wantFinalPass'> = {
  ...{ originalHost: '', name: '', hostName: '', user: '', localUser: '', finalPass: false },
  succeeds: () => Promise.resolve(false),
}

/** @throws {ConfigSyntaxError} what `make` throws, with the place */
export function atPlace<Result>(line: ConfigLine, make: () => Result): Result {
  try {
    return make()
  } catch (error) {
    throw new ConfigSyntaxError(line, (error as Error).message)
  }
}

const linesOf = ({ path, checked }: ConfigFile, local: LocalFiles): Promise<ConfigLine[]> =>
  local.once(`ssh_config ${path}`, async () => {
    const text = await local.text(path)
    if (text === undefined) return []
    if (checked) await refuseOthersFile(path)
    return parseConfig(text, path)
  })

/** As OpenSSH: "Bad owner or permissions". */
async function refuseOthersFile(path: string): Promise<void> {
  const { uid, mode } = await stat(path)
  if ((uid !== 0 && uid !== userInfo().uid) || (mode & 0o022) !== 0)
    throw new Error(`${path}: others own it or can write it, so it is not read`)
}

/** As glob(3): names in order, dotfiles only by a pattern that starts with a dot. */
async function expandGlob(pattern: string): Promise<string[]> {
  if (!/[*?[]/.test(pattern)) return [pattern]
  const [folder, last] = [dirname(pattern), pattern.slice(dirname(pattern).length).replace(/^\/+/, '')]
  const folders = await expandGlob(folder)
  const matches = globMatcher(last)
  const found = await Promise.all(
    folders.map(async path => {
      const names = await readdir(path).catch(() => [])
      return names.filter(name => matches(name) && (!name.startsWith('.') || last.startsWith('.'))).map(name => join(path, name))
    }),
  )
  return found.flat().sort()
}
