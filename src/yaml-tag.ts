export const standardTags = ['str', 'int', 'float', 'bool', 'null', 'map', 'seq', 'timestamp'] as const
export type StandardTag = (typeof standardTags)[number]
const standardPrefix = 'tag:yaml.org,2002:'

/**
 * The tag a document means: `str` for `!!str`, `!<tag:yaml.org,2002:str>` or a %TAG of its own; `!vault` as written; `!` alone.
 * @param directives of the document
 */
export function resolveTag(
  written: string,
  directives: readonly ({ kind: 'yaml' } | { kind: 'tag'; handle: string; prefix: string })[],
): string {
  if (written === '!') return written
  const full = written.startsWith('!<') ? written.slice(2, -1) : expand(written, directives)
  return full.startsWith(standardPrefix) ? full.slice(standardPrefix.length) : full
}

function expand(written: string, directives: Parameters<typeof resolveTag>[1]): string {
  const [, handle, suffix] = /^(!\w*!|!)(.*)$/.exec(written) ?? ['', '!', written]
  for (const directive of directives) if (directive.kind === 'tag' && directive.handle === handle) return directive.prefix + suffix
  return (handle === '!!' ? standardPrefix : handle) + suffix
}
