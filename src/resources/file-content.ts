import type { Shown } from '../change.js'
import { Secret } from '../secret.js'
import type { ShellText } from '../shell.js'
import { sh } from '../shell.js'
import { saltedDigest, sha256 } from './path-key.js'
import type { Slot, SlotSource, Sources } from './resource.js'

/** Where content comes from: a file beside the playbook, a download (kept by its sha256), a member of an archive. */
export type FileSource = { path: string } | { url: string; sha256: string; member?: string } | { archive: string; member: string }

/** Schema of `FileSource`. */
export const sourceSchema = {
  anyOf: [
    { type: 'object', required: ['path'], additionalProperties: false, properties: { path: { type: 'string', minLength: 1 } } },
    {
      type: 'object',
      required: ['url', 'sha256'],
      additionalProperties: false,
      properties: {
        url: { type: 'string', pattern: '^https?://' },
        sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
        member: { type: 'string', minLength: 1 },
      },
    },
    {
      type: 'object',
      required: ['archive', 'member'],
      additionalProperties: false,
      properties: { archive: { type: 'string', minLength: 1 }, member: { type: 'string', minLength: 1 } },
    },
  ],
} as const

export interface ContentParams {
  content?: string | Secret
  source?: FileSource
  secret?: boolean
}

/** Content as a plan knows it. */
export interface Content {
  /** as the host answers it: of the bytes, salted when secret */
  digest: string
  /** when secret */
  salt?: string
  sizeBytes: number
  /** not secret, UTF-8 without NUL, at most 64 KiB */
  text?: string
  source: SlotSource
}

/** Content up to this size travels inside the step, larger content in a slot. */
const inlineBytes = 32 * 1024
const shownBytes = 64 * 1024

export function contentOf({ content, source, secret }: ContentParams, sources: Sources): Content {
  if (source !== undefined) {
    const from = slotSourceOf(source)
    const { digest, sizeBytes, text } = sources.source(from)
    if (secret) return { digest: saltedDigest(sources.salt, digest), salt: sources.salt, sizeBytes, source: from }
    return { digest, sizeBytes, source: from, ...(text === undefined ? {} : { text }) }
  }
  const value = content instanceof Secret ? content.reveal() : (content ?? '')
  const digest = sha256(value)
  const sizeBytes = Buffer.byteLength(value)
  if (secret || content instanceof Secret) {
    const kept = content instanceof Secret ? content : new Secret(value)
    return { digest: saltedDigest(sources.salt, digest), salt: sources.salt, sizeBytes, source: { type: 'secret', value: kept } }
  }
  const isShown = sizeBytes <= shownBytes && !value.includes('\0')
  return { digest, sizeBytes, source: { type: 'inline', text: value }, ...(isShown ? { text: value } : {}) }
}

export const slotSourceOf = (source: FileSource): SlotSource => {
  if ('url' in source) return { type: 'url', ...source }
  if ('archive' in source) return { type: 'archive', path: source.archive, member: source.member }
  return { type: 'path', path: source.path }
}

/** How `np_put` gets the bytes. */
export function carriageOf({ digest, salt, sizeBytes, text, source }: Content): ShellText {
  if (salt === undefined && sizeBytes <= inlineBytes) {
    if (text !== undefined) return sh`text ${text}`
    if (source.type === 'inline') return sh`base64 ${Buffer.from(source.text).toString('base64')}`
  }
  return sh`slot ${digest}`
}

export const slotsOf = (content: Content): Slot[] =>
  carriageOf(content).text.startsWith('slot ')
    ? [
        {
          name: content.digest,
          source: content.source,
          digest: content.digest,
          sizeBytes: content.sizeBytes,
          secret: content.salt !== undefined,
        },
      ]
    : []

/** Text in full for the unified diff, else by digest and size, a secret not at all. */
export const shownContent = ({ digest, salt, sizeBytes, text }: Pick<Content, 'digest' | 'salt' | 'sizeBytes' | 'text'>): Shown => {
  if (salt !== undefined) return { sensitive: true }
  return text === undefined ? { digest, sizeBytes } : { text }
}
