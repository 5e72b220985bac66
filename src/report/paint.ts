import pc from 'picocolors'

/** Colours by meaning: added, removed, changed, restarts. Never the only carrier: each has a symbol of its own. */
export interface Paint {
  added: (text: string) => string
  removed: (text: string) => string
  changed: (text: string) => string
  restart: (text: string) => string
  good: (text: string) => string
  bad: (text: string) => string
  faint: (text: string) => string
  bold: (text: string) => string
}

export function paintFor(colour: boolean): Paint {
  const { green, red, yellow, cyan, dim, bold } = pc.createColors(colour)
  return { added: green, removed: red, changed: yellow, restart: cyan, good: green, bad: red, faint: dim, bold }
}

/** On a terminal, unless NO_COLOR is set (no-color.org) or the admin says otherwise. */
export const wantsColour = (
  when: 'auto' | 'always' | 'never' | undefined,
  stream: { isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean => {
  if (when === 'always' || when === 'never') return when === 'always'
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
}
