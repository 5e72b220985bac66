import { InputError, type Origin } from './errors.js'
import { FileLimitError, readLimited, type FileLimits } from './limited-file.js'
import { closedVault, isVaulted, openedText, type OpenVault } from './vaulted.js'

const longestExcerpt = 200

/** The text of one file an admin wrote; knows where every offset lies, one-based. */
export class SourceText {
  private starts: number[] | undefined
  /** Opens the values in it that are encrypted. */
  readonly openVault: OpenVault
  /** The file itself was encrypted: nothing that stands in it is shown, and positions are those of the opened text. */
  readonly isVaulted: boolean

  constructor(
    readonly file: string,
    readonly text: string,
    { openVault = closedVault, isVaulted = false }: { openVault?: OpenVault; isVaulted?: boolean } = {},
  ) {
    this.openVault = openVault
    this.isVaulted = isVaulted
  }

  /** Offsets at which lines start; `\n`, `\r\n` and `\r` end a line. */
  get lineStarts(): readonly number[] {
    return (this.starts ??= startsOfLines(this.text))
  }

  /** Text of a line without its end. @param line one-based */
  line(line: number): string {
    const start = this.lineStarts[line - 1]
    return start === undefined ? '' : this.text.slice(start, this.lineStarts[line]).replace(/[\r\n]+$/, '')
  }

  originAt(offset: number): Origin {
    const starts = this.lineStarts
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { file: this.file, line: low + 1, column: offset - starts[low]! + 1 }
  }

  /** An error at an offset, or at a position already known, with its line and a caret. */
  error(problem: string, at: number | Origin, details: { next?: string; cause?: unknown } = {}): InputError {
    const origin = typeof at === 'number' ? this.originAt(at) : at
    if (this.isVaulted) return new InputError(withoutQuotes(problem), { origin, ...details })
    return new InputError(problem, { origin, excerpt: excerptOf(this.line(origin.line), origin.column), ...details })
  }
}

/** A problem without what it quotes of the text. */
const withoutQuotes = (problem: string) => problem.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '"***"')

/**
 * A line fit for an error: tabs one column wide, what stands after a word like `password` hidden, as wide as before.
 * @param column one-based; `undefined` comes back when the caret would be too far right to read
 */
export function excerptOf(line: string, column: number): string | undefined {
  if (column > longestExcerpt) return undefined
  const shown = line.replaceAll('\t', '→').replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '·')
  const secret = /(?:pass|secret|token|psk|private_?key|credential)\w*["']?\s*[=:]\s*(?=\S)/i.exec(shown)
  const end = secret ? secret.index + secret[0].length : shown.length
  return (shown.slice(0, end) + '*'.repeat(shown.length - end)).slice(0, longestExcerpt)
}

/**
 * The bytes of a file as text: UTF-8 (a byte order mark is dropped), no NUL or other control characters.
 * @throws InputError when it is not, or when it is encrypted as a whole
 */
export function decodeSource(bytes: Uint8Array, file: string, options: DecodeOptions = {}): SourceText {
  const { comments = '', openVault } = options
  refuseVaulted(bytes, file)
  const source = new SourceText(file, decodeUtf8(bytes, file, comments), { openVault })
  refuseControlCharacters(source)
  return source
}

export interface DecodeOptions {
  /** First characters of lines that may hold bytes of any encoding; such a line becomes empty (Ansible reads INI so). */
  comments?: string
  /** Opens the values in it that are encrypted; default: none can be opened. */
  openVault?: OpenVault
}

/** Hosts and plays are shown wherever netplay says something: a file of them cannot be kept secret. */
function refuseVaulted(bytes: Uint8Array, file: string): void {
  if (!isVaulted(bytes)) return
  throw new InputError('the whole file is encrypted with ansible-vault; netplay reads such files for variables only', {
    origin: { file, line: 1, column: 1 },
    next: 'Keep hosts and plays in clear, and what is secret in group_vars or host_vars (for instance group_vars/all/vault.yml).',
  })
}

/** A file of variables, which may be encrypted as a whole. @throws InputError as `loadSource`, and when it cannot be opened */
export async function loadVaultableSource(path: string, openVault: OpenVault = closedVault): Promise<SourceText> {
  const bytes = await readSourceBytes(path)
  if (!isVaulted(bytes)) return decodeSource(bytes, path, { openVault })
  const text = openedText(openVault, Buffer.from(bytes).toString('latin1'), { file: path, line: 1, column: 1 })
  const source = new SourceText(path, text.replace(/^\ufeff/, ''), { openVault, isVaulted: true })
  refuseControlCharacters(source)
  return source
}

/** @throws InputError at the first control character other than tab and line ends */
export function refuseControlCharacters(source: SourceText): void {
  const found = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]/.exec(source.text)
  if (!found) return
  const code = found[0].charCodeAt(0)
  const name = code === 0 ? 'a NUL byte' : `the control character 0x${code.toString(16).padStart(2, '0')}`
  throw source.error(`the file holds ${name}`, found.index, {
    next: 'Remove it; write it as an escape inside double quotes if it is meant.',
  })
}

/** A file from disk. @throws InputError when it is missing, a directory, too large, not UTF-8 or holds control characters */
export async function loadSource(path: string, options: DecodeOptions = {}): Promise<SourceText> {
  return decodeSource(await readSourceBytes(path), path, options)
}

/** The bytes of a file or pipe that an admin named. @throws InputError */
export async function readSourceBytes(path: string, limits: FileLimits = {}): Promise<Buffer> {
  try {
    return await readLimited(path, limits)
  } catch (cause) {
    throw new InputError(whyUnreadable(cause), { origin: { file: path, line: 0, column: 0 }, cause })
  }
}

/** Why a file cannot be read, in words that stand behind its name. */
export function whyUnreadable(cause: unknown): string {
  if (cause instanceof FileLimitError) return cause.message
  const { code } = cause as NodeJS.ErrnoException
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    EISDIR: 'this is a directory, a file is needed',
    EACCES: 'the file may not be read by this user',
  }
  return reasons[code ?? ''] ?? `the file cannot be read (${code})`
}

function startsOfLines(text: string): number[] {
  const starts = [0]
  for (const { index, 0: end } of text.matchAll(/\r\n|\n|\r/g)) starts.push(index + end.length)
  return starts
}

function decodeUtf8(bytes: Uint8Array, file: string, comments: string): string {
  const whole = decode(bytes)
  if (whole !== undefined) return whole
  const lines = splitLines(bytes)
  return lines
    .map((line, index) => (isComment(line, comments) ? '\n' : (decode(line, index > 0) ?? refuse(line, file, index + 1))))
    .join('')
}

const isComment = (line: Uint8Array, comments: string) => line.length > 0 && comments.includes(String.fromCharCode(line[0]!))

function decode(bytes: Uint8Array, ignoreBOM = false): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM }).decode(bytes)
  } catch {
    return undefined
  }
}

function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(10, start)
    lines.push(bytes.subarray(start, end < 0 ? bytes.length : end + 1))
    start = end < 0 ? bytes.length : end + 1
  }
  return lines
}

function refuse(line: Uint8Array, file: string, number: number): never {
  const readable = new TextDecoder().decode(line)
  throw new InputError('the file is not UTF-8 text', {
    origin: { file, line: number, column: readable.indexOf('\ufffd') + 1 },
    next: 'Save it as UTF-8 and run again.',
  })
}
