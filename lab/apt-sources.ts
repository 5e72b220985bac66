import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Entries of apt's sources for one suite, in apt's two formats. */
export interface AptSources {
  /** one-line format */
  list: string
  /** deb822 format */
  sources: string
}

/**
 * The machine's own apt sources of a Debian suite with its updates and security, so that the image comes from where this machine's
 * packages come from. `undefined` where it has none (another distribution): mmdebstrap then uses the default it knows.
 */
export async function machineSources(suite: string, folder = '/etc/apt'): Promise<AptSources | undefined> {
  const names = await readdir(join(folder, 'sources.list.d')).catch(() => [])
  const files = ['sources.list', ...names.sort().map(name => `sources.list.d/${name}`)]
  const texts = await Promise.all(files.map(async name => ({ name, text: await readFile(join(folder, name), 'utf8').catch(() => '') })))
  const list = texts.filter(({ name }) => name.endsWith('.list')).map(({ text }) => oneLineEntries(text, suite))
  const sources = texts.filter(({ name }) => name.endsWith('.sources')).map(({ text }) => stanzas(text, suite))
  const found = [...list, ...sources].flat()
  const hasSuite = found.some(({ suites }) => suites.includes(suite))
  const joined = (entries: Entry[][], separator: string) =>
    entries
      .flat()
      .map(({ text }) => `${text}${separator}`)
      .join('')
  return hasSuite ? { list: joined(list, '\n'), sources: joined(sources, '\n\n') } : undefined
}

interface Entry {
  text: string
  suites: string[]
}

/** `deb [options] URI SUITE components`. Source: sources.list(5). */
export const oneLineEntries = (text: string, suite: string): Entry[] =>
  text
    .split('\n')
    .map(line => ({ line: line.trim(), match: /^\s*deb\s+(?:\[[^\]]*\]\s+)?(?!cdrom:)\S+\s+(\S+)\s+\S/.exec(line) }))
    .filter(({ match }) => match && belongs(match[1]!, suite))
    .map(({ line, match }) => ({ text: line, suites: [match![1]!] }))

/** Stanzas whose suites are all of this release, comments left out. Source: sources.list(5), "DEB822-STYLE FORMAT". */
export const stanzas = (text: string, suite: string): Entry[] =>
  text
    .replace(/^#.*\n?/gm, '')
    .split(/\n\s*\n/)
    .map(stanza => ({
      text: stanza.trim(),
      suites: field(stanza, 'Suites'),
      types: field(stanza, 'Types'),
      enabled: field(stanza, 'Enabled'),
    }))
    .filter(
      ({ suites, types, enabled }) =>
        suites.length > 0 && suites.every(each => belongs(each, suite)) && types.includes('deb') && !enabled.includes('no'),
    )
    .map(({ text, suites }) => ({ text, suites }))

const belongs = (name: string, suite: string) => [suite, `${suite}-updates`, `${suite}-security`].includes(name)

const field = (stanza: string, name: string) => new RegExp(`^${name}:(.*)$`, 'im').exec(stanza)?.[1]?.trim().split(/\s+/) ?? []
