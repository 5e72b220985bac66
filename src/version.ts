import { readFileSync } from 'node:fs'

const read = (path: string): string | undefined => {
  try {
    return (JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string }).version
  } catch {
    return undefined
  }
}

/** The version in package.json, beside `src/`, or above dist/ when compiled (dist/src/shared). */
export const version: string = read('../package.json') ?? read('../../../package.json') ?? 'unknown'
