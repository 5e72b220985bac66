import type { Shown } from '../change.js'
import { InputError } from '../errors.js'
import { Secret } from '../secret.js'
import type { ShellText } from '../shell.js'
import { sh } from '../shell.js'
import { RequirementError } from './errors.js'
import { saltedDigest, sha256 } from './path-key.js'
import type { Slot, SlotSource, Sources } from './resource.js'

/**
 * Where content comes from: a file beside the playbook, a download (once, by the controller, kept by its sha256), a member of an archive.
 * `pull`: each host fetches it by itself, with curl or wget and its own proxy settings, and verifies it.
 */
export type FileSource =
  | { path: string }
  | { url: string; sha256: string; member?: string }
  | { url: string; sha256: string; pull: true }
  | { archive: string; member: string }

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
      required: ['url', 'sha256', 'pull'],
      additionalProperties: false,
      properties: {
        url: { type: 'string', pattern: '^https?://\\S+$' },
        sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
        pull: { const: true },
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
  /** 0 when the host pulls it: nobody here has seen it */
  sizeBytes: number
  /** not secret, UTF-8 without NUL, at most 64 KiB */
  text?: string
  source: SlotSource | { type: 'pull'; url: string; sha256: string }
}

/** Content up to this size travels inside the step, larger content in a slot. */
const inlineBytes = 32 * 1024
const shownBytes = 64 * 1024

export function contentOf({ content, source, secret }: ContentParams, sources: Sources): Content {
  if (source !== undefined && 'pull' in source) {
    const { url, sha256: digest } = source
    if (!secret) return { digest, sizeBytes: 0, source: { type: 'pull', url, sha256: digest } }
    throw new RequirementError(
      `a secret cannot be pulled from ${url} by its hosts`,
      'Give it as a file on the controller (source: {path}).',
    )
  }
  if (source !== undefined) {
    const from = slotSourceOf(source)
    const { digest, sizeBytes, text, isVaulted } = sources.source(from)
    if (secret || isVaulted) return { digest: saltedDigest(sources.salt, digest), salt: sources.salt, sizeBytes, source: from }
    return { digest, sizeBytes, source: from, ...(text === undefined ? {} : { text }) }
  }
  const value = content instanceof Secret ? content.reveal() : (content ?? '')
  if (!value.isWellFormed())
    throw new InputError('the content has half a surrogate pair, which is no character and cannot be written as UTF-8')
  const digest = sha256(value)
  const sizeBytes = Buffer.byteLength(value)
  if (secret || content instanceof Secret) {
    const kept = content instanceof Secret ? content : new Secret(value)
    return { digest: saltedDigest(sources.salt, digest), salt: sources.salt, sizeBytes, source: { type: 'secret', value: kept } }
  }
  const isShown = sizeBytes <= shownBytes && !value.includes('\0')
  return { digest, sizeBytes, source: { type: 'inline', text: value }, ...(isShown ? { text: value } : {}) }
}

export const slotSourceOf = (source: Exclude<FileSource, { pull: true }>): SlotSource => {
  if ('url' in source) return { type: 'url', ...source }
  if ('archive' in source) return { type: 'archive', path: source.archive, member: source.member }
  return { type: 'path', path: source.path }
}

/** What the controller has to read for it: nothing where the host pulls. */
export const sourcesOf = (source: FileSource | undefined): SlotSource[] =>
  source === undefined || 'pull' in source ? [] : [slotSourceOf(source)]

/** How `np_put` gets the bytes. */
export function carriageOf({ digest, salt, sizeBytes, text, source }: Content): ShellText {
  if (source.type === 'pull') return sh`url ${`${source.sha256} ${source.url}`}`
  if (salt === undefined && sizeBytes <= inlineBytes) {
    if (text !== undefined) return sh`text ${text}`
    if (source.type === 'inline') return sh`base64 ${Buffer.from(source.text).toString('base64')}`
  }
  return sh`slot ${digest}`
}

export const slotsOf = (content: Content): Slot[] =>
  content.source.type !== 'pull' && carriageOf(content).text.startsWith('slot ')
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
export const shownContent = ({
  digest,
  salt,
  sizeBytes,
  text,
  source,
}: Pick<Content, 'digest' | 'salt' | 'sizeBytes' | 'text'> & Partial<Pick<Content, 'source'>>): Shown => {
  if (source?.type === 'pull') return `sha256 ${digest.slice(0, 6)}…, pulled from ${source.url}`
  if (salt !== undefined) return { sensitive: true }
  return text === undefined ? { digest, sizeBytes } : { text }
}
