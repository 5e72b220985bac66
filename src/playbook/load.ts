import { dirname, resolve } from 'node:path'
import { formatOrigin, type Origin } from '../errors.js'
import { mergeLayers, type Host, type Inventory, type Value, type Variables } from '../inventory/model.js'
import { isShippedPlaybook } from './find-role.js'
import { refusePartOfHold, settledHolds, settleNetworks, type Hold } from './hold.js'
import { checkNotified, expandPlay } from './expand-play.js'
import type { Play, Playbook, RoleUse } from './model.js'
import { openIncludes, type Opening } from './open-includes.js'
import { resolveParams } from './params.js'
import { playScope, type RunNames, type ScopeSource } from './play-scope.js'
import { playHosts, type PlayHosts } from './play-hosts.js'
import { readPlaybookFile, type FilePlay } from './read-file.js'
import { roleMistakes } from './role-mistakes.js'
import { once } from '../once.js'
import { endsLoading, orTold, type OnMistake } from './told-mistakes.js'
import { loadVarsFiles } from './vars-files.js'
import type { OpenVault } from '../vaulted.js'
import type { AskVariable } from './vars-prompt.js'
import { UsedRoles } from './used-roles.js'
import { unknownVariables } from './variables-check.js'
import { handlerOf, noHandler, standsOn, type PlayPart, type WrittenTask } from './written-task.js'

export interface PlaybookOptions {
  extraVars: ReadonlyMap<string, Value>
  /** `--limit` */
  limit?: string
  /** `--no-hold` is false: plays run without their hold; default true */
  hold?: boolean
  /** opens what is encrypted; default: nothing can be opened, and is refused when it is used */
  openVault?: OpenVault
  /** where a play does not say; default false */
  anyErrorsFatal?: boolean
  /** folders of roles, looked at after those beside the playbook */
  rolesPath?: readonly string[]
  /** asks for the variables of `vars_prompt`; default: nobody is asked, and defaults count */
  ask?: AskVariable
  /** for templates: `ansible_limit`, `ansible_forks` … */
  run?: RunNames
  /** told of each mistake; what is wrong is left out of what is loaded, which is fit for looking at and not for running. Default: the first is thrown */
  onMistake?: OnMistake
}

/**
 * Playbook files and the roles they name -> plays on hosts of the inventory. Parameters of every role are looked at for every host of its play.
 * @throws InputError at the first mistake in a playbook, a role or a parameter, with `file:line:column`
 */
export async function loadPlaybook(files: readonly string[], inventory: Inventory, options: PlaybookOptions): Promise<Playbook> {
  const read: string[] = []
  const written: FilePlay[] = []
  const { onMistake = endsLoading } = options
  for (const file of files) written.push(...(await orTold(onMistake, () => readPlaybookFile(file, read, options), [])))
  const loading = new Loading(inventory, options)
  const plays: Play[] = []
  const holds = await orTold(onMistake, () => settledHolds(written), new Map<string, Hold>())
  for (const play of written) plays.push(...(await orTold(onMistake, () => loading.play(play, plays.length + 1, holds), [])))
  await orTold(onMistake, () => settleNetworks(plays, { inventory, ...options }), undefined)
  await orTold(onMistake, () => refusePartOfHold(plays), undefined)
  const [file, extraVars] = [files[0]!, options.extraVars]
  const hosts = [...new Set(plays.flatMap(play => [...play.hosts, ...play.delegates]))]
  const nobody = hosts.length === 0 ? loading.unmatched : []
  const warnings = [
    ...loading.warnings,
    ...nobody,
    ...unknownVariables({ plays, extraVars }),
    ...(await orTold(onMistake, () => roleMistakes({ inventory, extraVars, plays, run: options.run }), [])),
  ]
  const absent = [...new Map(plays.flatMap(play => play.absent.map(host => [host.name, host]))).values()]
  return {
    file,
    dir: dirname(resolve(file)),
    files: read,
    plays,
    hosts,
    absent,
    inventory,
    extraVars,
    ...(options.run === undefined ? {} : { run: options.run }),
    warnings,
    notes: [...loading.unmatched, ...loading.notes],
  }
}

class Loading {
  readonly warnings = new Set<string>()
  readonly notes = new Set<string>()
  /** Groups that netplay's own playbooks have plays for, and this inventory has not: an inventory of flannel has no group of calico. */
  readonly unmatched = new Set<string>()
  private readonly roles: UsedRoles
  private registered: ReadonlySet<string> = new Set()

  constructor(
    private readonly inventory: Inventory,
    private readonly options: PlaybookOptions,
  ) {
    this.roles = new UsedRoles(note => this.notes.add(note), options.rolesPath)
  }

  async play(written: FilePlay, index: number, holds: ReadonlyMap<string, Hold>): Promise<Play[]> {
    const found = this.found(written)
    if (this.isForOthers(written, found)) return []
    const {
      strategy,
      patternOrigin: _at,
      name,
      hold: writtenHold,
      varsFiles: _files,
      prompted: _asked,
      isPartial: _partial,
      ...rest
    } = written
    const hold = this.options.hold === false || writtenHold === undefined ? undefined : holds.get(writtenHold.name)
    if (strategy?.name === 'linear')
      this.warnings.add(
        `${formatOrigin(strategy.origin)}: strategy linear is not kept: hosts go through the tasks of a play independently, as with free`,
      )
    const play: Play = {
      ...rest,
      ...(await this.varsOf(written)),
      ...found,
      anyErrorsFatal: written.anyErrorsFatal ?? this.options.anyErrorsFatal ?? false,
      index,
      name: name ?? written.patterns.join(','),
      roles: [],
      parts: [],
      handlers: [],
      registered: this.registered,
      delegates: [],
      ...(hold === undefined ? {} : { hold }),
    }
    const isPartial = await this.fill(play, written)
    if (!isPartial) await this.orTold(() => checkNotified(play), undefined)
    for (const use of play.roles) await this.orTold(() => this.checkParams(play, use), undefined)
    return [{ ...play, delegates: isPartial ? [] : await this.orTold(() => this.delegates(play), []) }]
  }

  private readonly orTold = <T>(run: () => T | Promise<T>, otherwise: T) => orTold(this.options.onMistake ?? endsLoading, run, otherwise)

  /** What the play does, includes opened for its hosts. @returns something of it was wrong and is left out */
  private async fill(play: Play, written: FilePlay): Promise<boolean> {
    let { isPartial } = written
    const { onMistake = endsLoading } = this.options
    const opening: Opening = {
      source: { inventory: this.inventory, ...this.options },
      play,
      registered: new Set(this.registered),
      onMistake: mistake => ((isPartial = true), onMistake(mistake)),
    }
    play.parts = await this.parts(written, opening)
    play.roles = play.parts.flatMap(part => (part.type === 'use' ? [part.use] : []))
    play.handlers = (await openIncludes(written.handlers, opening)).flatMap(task => (task.type === 'include' ? [] : [handlerOf(task)]))
    this.registered = play.registered = opening.registered
    return isPartial
  }

  /** pre_tasks, roles, tasks, post_tasks, and handlers after the first, the third and the last, as in Ansible. */
  private async parts(written: FilePlay, opening: Opening): Promise<PlayPart[]> {
    const uses: RoleUse[] = []
    for (const entry of written.roles) uses.push(...(await this.orTold(async () => [await this.roles.use(entry, written)], [])))
    const tasks = async (list: readonly WrittenTask[]): Promise<PlayPart[]> => {
      const parts: PlayPart[] = []
      const partOf = async (task: WrittenTask): Promise<PlayPart> =>
        task.type === 'role' ? { type: 'use', use: await this.roles.use(task.entry, written) } : task
      for (const task of (await openIncludes(list, opening)).map(noHandler))
        parts.push(...(await this.orTold(async () => [await partOf(task)], [])))
      return parts
    }
    const flush: PlayPart = { type: 'flush' }
    const roles = this.roles.distinct(uses).map((use): PlayPart => ({ type: 'use', use }))
    const [before, main, after] = [await tasks(written.preTasks), await tasks(written.tasks), await tasks(written.postTasks)]
    return [...before, ...(before.length > 0 ? [flush] : []), ...roles, ...main, flush, ...after, ...(after.length > 0 ? [flush] : [])]
  }

  /** Tasks are expanded for every host, so that what is wrong with one is told before any host is asked. */
  private delegates(play: Play): Host[] {
    if (play.parts.every(({ type }) => type === 'use' || type === 'flush')) return []
    const source: ScopeSource = { inventory: this.inventory, ...this.options }
    const names = play.hosts.flatMap(host =>
      expandPlay(source, play, host).flatMap(step => (step.type === 'task' ? (step.delegateTo ?? []) : [])),
    )
    return [...new Set(names)].flatMap(name => this.inventory.find(name) ?? []).filter(host => !play.hosts.includes(host))
  }

  /** What was asked for wins over `vars`, files of `vars_files` over both, later ones over earlier ones. */
  private async varsOf({ vars, prompted, varsFiles, file }: FilePlay): Promise<Pick<Play, 'vars' | 'varsLayers'>> {
    if (varsFiles.length === 0 && prompted.size === 0) return { vars }
    const warn = (problem: string, origin: Origin) => void this.warnings.add(`${formatOrigin(origin)}: ${problem}`)
    const files = await loadVarsFiles(varsFiles, file, warn, this.options.openVault)
    const varsLayers = [{ level: 12, vars }, { level: 13, vars: prompted }, ...files.map(each => ({ level: 14, vars: each }))]
    return { vars: mergeLayers(varsLayers), varsLayers }
  }

  private found(written: FilePlay): PlayHosts {
    const odd = isShippedPlaybook(written.file) ? this.unmatched : this.warnings
    const warn = (warning: string) => void this.warnings.add(warning)
    return playHosts(this.inventory, written, this.options.limit, warn, warning => odd.add(warning))
  }

  /** One of netplay's own playbooks has plays for what this inventory has no hosts of: they are left out, and their roles not even loaded. */
  private isForOthers({ file, name, hold, patternOrigin, patterns }: FilePlay, { peers, absent }: PlayHosts): boolean {
    if (!isShippedPlaybook(file) || hold !== undefined || peers.length + absent.length > 0) return false
    this.notes.add(`${formatOrigin(patternOrigin)}: play "${name ?? patterns.join(',')}" is left out: no host is in ${patterns.join(':')}`)
    return true
  }

  private checkParams(play: Play, use: RoleUse) {
    const done = new Set<Variables>()
    const source: ScopeSource = { inventory: this.inventory, ...this.options }
    for (const host of play.hosts) {
      if (done.has(host.vars) || !standsOn(use, host)) continue
      const { isTemplated } = resolveParams(
        use.role,
        use,
        play,
        host,
        this.options.extraVars,
        once(() => playScope(source, play, host, use)),
      )
      if (!isTemplated) done.add(host.vars)
    }
  }
}
