/** What a file or value closed with ansible-vault holds. */
export interface Envelope {
  /** of format 1.2; absent: `default` */
  label?: string
  salt: Buffer
  /** HMAC-SHA256 over `ciphertext` */
  hmac: Buffer
  ciphertext: Buffer
}

/** What is wrong with an envelope, and where in its text: one-based. */
export class EnvelopeProblem extends Error {
  constructor(
    readonly problem: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(problem)
  }
}

const header = /^\$ANSIBLE_VAULT;([^;]*);([^;]*)(?:;(.*))?$/
const lineWidth = 80

/**
 * Source: ansible lib/ansible/parsing/vault/__init__.py. Stricter: a version other than 1.1 and 1.2 is refused, Ansible takes any.
 * @throws {EnvelopeProblem}
 */
export function parseEnvelope(text: string): Envelope {
  const lines = text.split(/\r\n|\r|\n/)
  const label = labelOf(lines[0]!.trim())
  const inner = bytesOf(lines)
  const parts = splitTwice(inner)
  const cutOff = (what: string) => new EnvelopeProblem(`it is cut off: ${what}`, lastLine(lines), 1)
  if (parts === undefined) throw cutOff('the salt, the HMAC and the ciphertext are not all there')
  const [salt, hmac] = [innerHex(parts[0], 'salt'), innerHex(parts[1], 'HMAC')]
  const wholeBlocks = parts[2].length > 0 && parts[2].length % 32 === 0
  if (!wholeBlocks) throw cutOff('the ciphertext is not a whole number of 16 bytes')
  const ciphertext = innerHex(parts[2], 'ciphertext')
  return { ...(label === undefined ? {} : { label }), salt, hmac, ciphertext }
}

/** With a final newline. A label other than `default` makes it version 1.2, as Ansible writes it. */
export function formatEnvelope({ label, salt, hmac, ciphertext }: Envelope): string {
  const inner = [salt, hmac, ciphertext].map(part => part.toString('hex')).join('\n')
  const hex = Buffer.from(inner, 'latin1').toString('hex')
  const first = label === undefined || label === 'default' ? '$ANSIBLE_VAULT;1.1;AES256' : `$ANSIBLE_VAULT;1.2;AES256;${label}`
  return [first, ...(hex.match(new RegExp(`.{1,${lineWidth}}`, 'g')) ?? []), ''].join('\n')
}

function labelOf(line: string): string | undefined {
  const [, version = '', cipher = '', label] = header.exec(line) ?? []
  const at = (part: string) => Math.max(1, line.indexOf(`;${part}`) + 2)
  if (!header.test(line)) throw new EnvelopeProblem('the first line is not that of a vault: $ANSIBLE_VAULT;1.1;AES256', 1, 1)
  if (!['1.1', '1.2'].includes(version.trim()))
    throw new EnvelopeProblem(`vault version ${JSON.stringify(version.trim())} is not known; 1.1 and 1.2 are`, 1, at(version))
  if (cipher.trim() !== 'AES256')
    throw new EnvelopeProblem(`vault cipher ${JSON.stringify(cipher.trim())} is not known; AES256 is`, 1, at(cipher))
  return label?.split(';')[0]?.trim() || undefined
}

/** The lines below the first as the bytes that their hex digits stand for. */
function bytesOf([, ...lines]: readonly string[]): Buffer {
  for (const [index, line] of lines.entries()) {
    const wrong = /[^0-9a-fA-F]/.exec(line)
    if (wrong) throw new EnvelopeProblem('it is damaged: this is not a hexadecimal digit', index + 2, wrong.index + 1)
  }
  const hex = lines.join('')
  if (hex.length % 2 === 1) throw new EnvelopeProblem('it is cut off: the number of hexadecimal digits is odd', lastLine(['', ...lines]), 1)
  return Buffer.from(hex, 'hex')
}

const newline = 0x0a

function splitTwice(inner: Buffer): [Buffer, Buffer, Buffer] | undefined {
  const first = inner.indexOf(newline)
  const second = inner.indexOf(newline, first + 1)
  return first < 0 || second < 0 ? undefined : [inner.subarray(0, first), inner.subarray(first + 1, second), inner.subarray(second + 1)]
}

/** Hexadecimal digits that are written in hexadecimal digits. */
function innerHex(part: Buffer, name: string): Buffer {
  const text = part.toString('latin1')
  if (/^(?:[0-9a-fA-F]{2})*$/.test(text)) return Buffer.from(text, 'hex')
  throw new EnvelopeProblem(`it is damaged: its ${name} is not written in pairs of hexadecimal digits`, 2, 1)
}

const lastLine = (lines: readonly string[]) => Math.max(1, lines.findLastIndex(line => line !== '') + 1)
