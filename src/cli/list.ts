import { oneLine } from '../report/shown.js'
import type { Play, Playbook, RoleUse } from '../playbook/model.js'
import { roleContexts } from '../playbook/context.js'
import { tagsSelect, type TagChoice } from '../playbook/tags.js'
import { validateTask } from '../playbook/validate-task.js'
import { includedOf, standsOn, writtenTitle, type IncludeTask } from '../playbook/written-task.js'

/** `--list-hosts`, as Ansible prints it. */
export const listHosts = (playbook: Playbook): string =>
  perPlay(playbook, play => [
    `    pattern: [${play.patterns.map(pattern => `'${pattern}'`).join(', ')}]`,
    `    hosts (${play.hosts.length}):`,
    ...play.hosts.map(({ name }) => `      ${name}`),
  ])

/**
 * `--list-tasks`: no host is asked, so a role whose tasks depend on what a host says about itself is one line that says so. As in Ansible an include
 * whose name is asked host by host stands for what it includes.
 * @throws InputError when a role fails, or gives a task what it does not take
 */
export const listTasks = (playbook: Playbook, choice: TagChoice): string =>
  perPlay(playbook, play => ['    tasks:', ...shownTasks(playTasks(playbook, play), choice)])

function shownTasks(all: readonly TasksOf[], choice: TagChoice): string[] {
  // What is included may have tags of its own.
  const isChosen = (include: IncludeTask) =>
    all.some(({ role, tasks, from }) => from === include && taskLines(role, tasks, choice).length > 0)
  return all
    .filter(({ from }) => from === undefined)
    .flatMap(({ role, tasks, include }) => taskLines(role, tasks, include && isChosen(include) ? { tags: [], skipTags: [] } : choice))
}

/** `--list-tags`: all tags of each play's tasks, as far as they are known without asking a host. */
export const listTags = (playbook: Playbook): string =>
  perPlay(playbook, play => {
    const tags = playTasks(playbook, play).flatMap(({ role, tasks }) => [
      ...(role?.tags ?? []),
      ...(tasks ?? []).flatMap(task => task.tags),
    ])
    return [`      TASK TAGS: ${tagList(tags)}`]
  })

/** Tasks of roles that need no facts, and their parameters. @throws InputError when a role fails, or gives a task what it does not take */
export const checkTasks = (playbook: Playbook): void => void playbook.plays.forEach(play => playTasks(playbook, play))

/** `--syntax-check`: that it was loaded is all there is to say. */
export const syntaxChecked = (playbooks: readonly string[]): string => playbooks.map(file => `\nplaybook: ${file}\n`).join('')

function perPlay({ file, plays }: Playbook, lines: (play: Play) => string[]): string {
  const parts = plays.map(play => {
    const head = `  play #${play.index} (${play.patterns.join(',')}): ${play.name}\tTAGS: ${tagList(play.tags)}`
    return [head, ...lines(play)].map(shownLine).join('\n')
  })
  return `\nplaybook: ${file}\n${parts.map(part => `\n${part}\n`).join('')}`
}

interface TasksOf {
  /** absent: a task of the playbook itself */
  role?: RoleUse
  /** in the order of the first host that has them; `undefined`: they depend on facts */
  tasks?: TaskLine[]
  /** it is an include whose name is asked host by host */
  include?: IncludeTask
  /** such an include has put it there, and is shown in its place */
  from?: IncludeTask
}
interface TaskLine {
  title: string
  tags: string[]
}

class FactsNeeded extends Error {}

function playTasks(playbook: Playbook, play: Play): TasksOf[] {
  const contextOf = roleContexts(playbook, play, () => {
    throw new FactsNeeded()
  })
  const lineOf = (title: string, tags: readonly string[]): TaskLine => ({ title, tags: [...new Set([...play.tags, ...tags])] })
  return play.parts.flatMap((part): TasksOf[] => {
    if (part.type === 'flush') return []
    const from = includedOf(part)?.from
    if (part.type === 'kind') return [{ tasks: [lineOf(writtenTitle(part), part.tags)], from }]
    if (part.type === 'include') return [{ tasks: [lineOf(part.title, part.context.tags)], include: part, from }]
    const role = part.use
    try {
      const tasks = play.hosts.filter(host => standsOn(role, host)).flatMap(host => role.role.role.tasks(contextOf(role, host) as never))
      for (const task of tasks) validateTask(task)
      const lines = tasks.map(({ title, tags }): [string, TaskLine] => [title, { title, tags: [...new Set([...role.tags, ...tags])] }])
      return [{ role, tasks: [...new Map(lines).values()], from }]
    } catch (error) {
      if (needsFacts(error)) return [{ role, from }]
      throw error
    }
  })
}

/** A role's throw is told as its author's mistake; what lies under it is ours. */
const needsFacts = (error: unknown) => error instanceof FactsNeeded || (error as { cause?: unknown }).cause instanceof FactsNeeded

function taskLines(use: RoleUse | undefined, tasks: TaskLine[] | undefined, choice: TagChoice): string[] {
  const name = use === undefined ? '' : use.part === undefined ? use.role.name : `${use.role.name}/${use.part}`
  if (tasks === undefined) {
    const tags = use?.tags ?? []
    const skipped = choice.skipTags.some(tag => tags.includes(tag))
    return skipped ? [] : [`      ${name} : (tasks depend on the hosts' facts; see them with --check)\tTAGS: ${tagList(tags)}`]
  }
  const chosen = tasks.filter(task => tagsSelect(task.tags, choice))
  return chosen.map(task => `      ${name === '' ? '' : `${name} : `}${task.title}\tTAGS: ${tagList(task.tags)}`)
}

/** The one tab is Ansible's, before the tags. */
const shownLine = (line: string) => line.split('\t').map(oneLine).join('\t')

const tagList = (tags: readonly string[]) => `[${[...new Set(tags)].sort().join(', ')}]`
