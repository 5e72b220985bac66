import type { binary } from 'netplay'

const sha256 = { type: 'string', pattern: '^[0-9a-f]{64}$' } as const
const words = { type: 'string', minLength: 1 } as const
const url = { type: 'string', pattern: '^https?://\\S+$' } as const

/** Where a program comes from, as a parameter of a role: each form whole, so that nothing an admin writes is left out without a word. */
export const sourceSchema = {
  anyOf: [
    words,
    { type: 'object', properties: { path: words, sha256 }, required: ['path'], additionalProperties: false },
    { type: 'object', properties: { url, sha256, member: words }, required: ['url', 'sha256'], additionalProperties: false },
    {
      type: 'object',
      properties: { url, sha256, pull: { const: true, description: 'each host fetches the url by itself' } },
      required: ['url', 'sha256', 'pull'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: { archive: words, member: words, sha256 },
      required: ['archive', 'member'],
      additionalProperties: false,
    },
  ],
} as const

export type Source =
  | string
  | { path: string; sha256?: string }
  | { url: string; sha256: string; member?: string }
  | { url: string; sha256: string; pull: true }
  | { archive: string; member: string; sha256?: string }

/**
 * A bare path is a file on the controller, beside the playbook where it is not absolute. `sha256` is that of what is downloaded, where there is a url,
 * else that of the program itself.
 */
export function sourceOf(given: Source): Pick<Parameters<typeof binary>[1], 'source' | 'sha256'> {
  if (typeof given === 'string') return { source: { path: given } }
  if ('url' in given) return { source: given }
  const { sha256, ...source } = given
  return { source, ...(sha256 === undefined ? {} : { sha256 }) }
}
