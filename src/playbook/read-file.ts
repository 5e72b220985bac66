import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Variables } from '../inventory/model.js'
import { loadSource } from '../source-text.js'
import type { OpenVault } from '../vaulted.js'
import { describeNode, parseYaml, type YamlMapping, type YamlNode } from '../yaml.js'
import { errorAt } from '../error-at.js'
import { knownEntries } from './play-keys.js'
import { expectMapping, readPlay, type WrittenPlay } from './read-play.js'
import { missingFile } from './read-missing.js'
import { readTags, readText } from './read-node.js'
import type { AskVariable } from './vars-prompt.js'
import { endsLoading, orTold, type OnMistake } from './told-mistakes.js'

export interface FilePlay extends WrittenPlay {
  file: string
}

const importKeys = ['import_playbook', 'ansible.builtin.import_playbook']

interface ReadOptions {
  /** what templates in keywords see besides the play's own `vars` */
  extraVars?: Variables
  openVault?: OpenVault
  importers?: string[]
  /** told of each play that is wrong, which is then left out; default: the first one is thrown */
  onMistake?: OnMistake
  /** asks for the variables of `vars_prompt`; default: nobody is asked */
  ask?: AskVariable
}

/** The plays of a playbook file, those of files it imports in their place. `files` collects every file read. */
export async function readPlaybookFile(
  file: string,
  files: string[],
  { extraVars = new Map(), openVault, importers = [], onMistake = endsLoading, ask }: ReadOptions = {},
): Promise<FilePlay[]> {
  const source = await loadSource(file, { openVault })
  files.push(file)
  const document = parseYaml(source)
  if (document.kind === 'scalar' && document.value === null)
    throw errorAt({ file, line: 0, column: 0 }, 'the playbook is empty: it has no play')
  if (document.kind !== 'sequence') throw errorAt(document.origin, `a playbook is a list of plays, not ${describeNode(document)}`)
  const plays: FilePlay[] = []
  const playsOf = async (item: YamlNode): Promise<FilePlay[]> => {
    const mapping = expectMapping(item)
    const imported = mapping.entries.find(({ key }) => importKeys.includes(key))
    return imported
      ? importedPlays(mapping, { file, key: imported.key, files, extraVars, importers, openVault, onMistake, ask })
      : [{ ...(await readPlay(mapping, { file, files, extraVars, openVault, onMistake, ask })), file }]
  }
  for (const item of document.items) plays.push(...(await orTold(onMistake, () => playsOf(item), [])))
  return plays
}

interface Importing {
  file: string
  key: string
  files: string[]
  extraVars: Variables
  importers: string[]
  openVault?: OpenVault
  onMistake: OnMistake
  ask?: AskVariable
}

async function importedPlays(
  mapping: YamlMapping,
  { file, key, files, extraVars, importers, openVault, onMistake, ask }: Importing,
): Promise<FilePlay[]> {
  const entries = knownEntries(mapping, [key, 'name', 'tags'], 'import_playbook')
  const { value } = entries.get(key)!
  const written = readText(value, 'import_playbook')
  const target = isAbsolute(written) ? written : join(dirname(file), written)
  const chain = [...importers, file]
  if (chain.some(one => resolve(one) === resolve(target)))
    throw errorAt(value.origin, `${target} is being imported already: ${[...chain, target].join(' -> ')}`)
  const tags = entries.get('tags')
  const added = tags ? readTags(tags.value, 'tags') : []
  const plays = await readPlaybookFile(target, files, { extraVars, importers: chain, openVault, onMistake, ask }).catch(
    (error: unknown) => {
      throw missingFile(error, `there is no playbook ${target}`, value.origin)
    },
  )
  return plays.map(play => ({ ...play, tags: [...new Set([...added, ...play.tags])] }))
}
