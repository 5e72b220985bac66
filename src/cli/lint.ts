import { dirname } from 'node:path'
import { InputError } from '../errors.js'
import { loadInventory } from '../inventory/load.js'
import type { Inventory } from '../inventory/model.js'
import { loadPlaybook } from '../playbook/load.js'
import type { Playbook } from '../playbook/model.js'
import type { Mistake } from '../playbook/schema-mistake.js'
import { orTold, type OnMistake } from '../playbook/told-mistakes.js'
import type { OpenVault } from '../vaulted.js'
import { exitCodes, type ExitCode } from './exit-code.js'
import { checkRoleTypes } from './lint-types.js'
import { Problems, problemText } from './lint-problems.js'
import { checkTasks } from './list.js'
import { loadSources, type SourceOptions } from './load-sources.js'
import { connectionsOf } from './play-connections.js'
import { openVaultOf } from './vault-passwords.js'

export interface LintOptions extends SourceOptions {
  limit?: string
  strict: boolean
  json: boolean
}

/** Everything that can be said of playbooks, roles and inventory without asking a host, all mistakes at once. */
export async function lint(playbooks: readonly string[], options: LintOptions): Promise<ExitCode> {
  const problems = new Problems()
  const vault = lenientVault(await openVaultOf(options), problems)
  const onMistake = toldTo(problems, vault)
  const sources = await orTold(onMistake, () => sourcesOf(playbooks, options, vault.open), undefined)
  const playbook = playbooks.length === 0 ? undefined : await playbookOf(playbooks, options, sources, onMistake, vault.open)
  // Without an inventory, or with a broken one, no pattern matches anything.
  if (options.inventory.length > 0 && sources !== undefined)
    [...sources.inventory.warnings, ...(playbook?.warnings ?? []), ...(playbook?.notes ?? []).filter(isUnmatched)].forEach(warning =>
      problems.addWarning(warning),
    )
  const roles = await checkRoleTypes(playbooks.length === 0 ? ['.'] : playbooks.map(dirname), problems, options.settings?.values.rolesPath)
  if (playbook === undefined && options.inventory.length === 0 && roles === 0) throw nothingToLint()
  print(problems, countOf(playbook, sources?.inventory, roles), options)
  const failing = problems.count('mistake') + (options.strict ? problems.count('warning') : 0)
  return failing > 0 ? exitCodes.input : exitCodes.done
}

type Sources = Awaited<ReturnType<typeof loadSources>>

const sourcesOf = (playbooks: readonly string[], options: LintOptions, openVault: OpenVault): Promise<Sources> =>
  loadSources(options, { openVault, ...(playbooks[0] === undefined ? {} : { playbookDir: dirname(playbooks[0]) }) })

async function playbookOf(
  files: readonly string[],
  { limit, settings }: LintOptions,
  sources: Sources | undefined,
  onMistake: OnMistake,
  openVault: OpenVault,
): Promise<Playbook | undefined> {
  const inventory = sources?.inventory ?? (await loadInventory([]))
  const extraVars = sources?.extraVars ?? new Map<string, never>()
  const { anyErrorsFatal, rolesPath } = settings?.values ?? {}
  const given = { extraVars, openVault, onMistake, anyErrorsFatal, rolesPath, ...(limit === undefined ? {} : { limit }) }
  const playbook = await orTold(onMistake, () => loadPlaybook(files, inventory, given), undefined)
  if (playbook === undefined) return undefined
  await orTold(onMistake, () => connectionsOf(playbook, extraVars, { become: false, sshAcceptNew: false }, {}), undefined)
  for (const play of playbook.plays) await orTold(onMistake, () => checkTasks({ ...playbook, plays: [play] }), undefined)
  return playbook
}

const isUnmatched = (note: string) => note.includes('no host')

interface LenientVault {
  open: OpenVault
  /** a whole file of variables stayed closed: what is missing may stand in it */
  hasClosedFile: boolean
}

/** What no password opens is told, and not looked at: who writes a playbook need not have the passwords. */
function lenientVault(open: OpenVault, problems: Problems): LenientVault {
  const vault: LenientVault = {
    hasClosedFile: false,
    open(text, place) {
      try {
        return open(text, place)
      } catch (error) {
        if (!(error instanceof InputError)) throw error
        const { file, line, column } = place
        problems.add({ severity: 'warning', file, line, column, message: `${error.problem}: not looked at` })
        const isWholeFile = line === 1 && column === 1
        vault.hasClosedFile ||= isWholeFile
        if (isWholeFile) return Buffer.from('{}')
        throw new NotOpened(error.problem)
      }
    },
  }
  return vault
}

class NotOpened extends InputError {}

const toldTo =
  (problems: Problems, vault: LenientVault): OnMistake =>
  mistake => {
    if (mistake instanceof NotOpened || mistake.cause instanceof NotOpened) return
    const isMissing = (mistake.cause as Partial<Mistake> | undefined)?.kind === 'missing'
    problems.addError(mistake, isMissing && vault.hasClosedFile ? 'warning' : 'mistake')
  }

const nothingToLint = () =>
  new InputError('there is nothing to look at: no playbook and no inventory was named, and there is no roles/NAME/role.ts here', {
    next: 'Name a playbook and its inventory: netplay lint site.yml -i hosts.ini.',
  })

function countOf(playbook: Playbook | undefined, inventory: Inventory | undefined, roles: number): string {
  const parts: [number, string][] = [
    [playbook?.plays.length ?? 0, 'play'],
    [roles, 'role'],
    [inventory?.hosts.size ?? 0, 'host'],
  ]
  return parts.map(([count, word]) => counted(count, word)).join(', ')
}

const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`

function print(problems: Problems, looked: string, { json }: LintOptions): void {
  const [mistakes, warnings] = [problems.count('mistake'), problems.count('warning')]
  if (json) return void process.stdout.write(`${JSON.stringify({ problems: problems.all, mistakes, warnings })}\n`)
  for (const problem of problems.all) process.stdout.write(problemText(problem))
  const found = mistakes === 0 ? `No mistakes in ${looked}` : counted(mistakes, 'mistake')
  process.stdout.write(`${found}${warnings === 0 ? '' : `, ${counted(warnings, 'warning')}`}.\n`)
}
