import { InputError } from '../errors.js'
import { pythonRegex } from '../python-regex.js'
import { globMatcher } from './glob.js'
import { limitPatterns } from './limit.js'
import { localNames, type Host, type Inventory } from './model.js'
import { splitPattern } from './split-pattern.js'

/** `--limit`, or the pattern and it together, leave no host. Exit code 1, as Ansible says it. */
export class EmptyLimitError extends InputError {
  override readonly code = 'EMPTY_LIMIT'
}

/**
 * The hosts a pattern names, in the order Ansible runs them, without repeats; `[]` with a warning when a part matches nothing.
 * Source: ansible lib/ansible/inventory/manager.py.
 * @param pattern `hosts:` of a play: parts separated by `,` or `:`, or a list of such texts
 * @param limit `--limit`: a pattern, or `@file` with one part a line
 * @param warn is told of parts that match nothing
 * @throws InputError for a `[n]` beyond the group's hosts, a bad regular expression, a missing limit file; EmptyLimitError when `limit` alone
 *   leaves no host of the inventory
 */
export function selectHosts(
  inventory: Inventory,
  pattern: string | readonly string[],
  limit?: string,
  warn: (problem: string) => void = () => {},
): Host[] {
  const evaluation = new Evaluation(inventory, warn)
  // The limit comes first: of the names for this machine, the first that is asked for is its name.
  const limits = limit === undefined ? [] : limitPatterns(limit)
  const allowed = limits.length === 0 ? undefined : new Set(evaluation.hosts(limits))
  const hosts = evaluation.hosts(splitPattern(pattern))
  if (allowed === undefined) return hosts
  if (inventory.hosts.size > 0 && !inventory.hostsOf('all').some(host => allowed.has(host))) {
    throw new EmptyLimitError('Specified inventory, host pattern and/or --limit leaves us with no hosts to target.', {
      next: `Look at what --limit ${limit} should name: netplay inventory --graph.`,
    })
  }
  return hosts.filter(host => allowed.has(host))
}

class Evaluation {
  private readonly known = new Map<string, Host[]>()
  /** The implicit localhost is one host, whatever further names it is called by. */
  private local: Host | undefined

  constructor(
    private readonly inventory: Inventory,
    private readonly warn: (problem: string) => void,
  ) {}

  /** Plain parts together, then what `&` parts leave of them, then without `!` parts, whatever order they are written in. */
  hosts(parts: readonly string[]): Host[] {
    // An empty part counts for nothing.
    const kept = parts.filter(part => part.startsWith('&'))
    const removed = parts.filter(part => part.startsWith('!'))
    const plain = parts.filter(part => part !== '' && !part.startsWith('&') && !part.startsWith('!'))
    let hosts = (plain.length > 0 ? plain : ['all']).flatMap(part => this.part(part))
    for (const part of kept) hosts = intersection(hosts, this.matchedOnce(part.slice(1)))
    for (const part of removed) hosts = difference(hosts, this.matchedOnce(part.slice(1)))
    return [...new Set(hosts)]
  }

  /** A plain part that is a host's name is that host, even where a group is called the same. */
  private part(part: string): Host[] {
    const exact = this.inventory.hosts.get(part)
    return exact ? [exact] : this.matchedOnce(part)
  }

  private matchedOnce(part: string): Host[] {
    if (part === '') throw new InputError('a host pattern has nothing behind its & or !')
    const known = this.known.get(part)
    if (known) return known
    const found = this.matched(part)
    this.known.set(part, found)
    return found
  }

  private matched(part: string): Host[] {
    const [, expression, index, from, separator, to] = part.startsWith('~') ? [] : (withSubscript.exec(part) ?? [])
    if (expression === undefined) return this.named(part)
    if (separator === '-') this.warn(`Use [x:y] inclusive subscripts instead of [x-y] in ${part}`)
    const hosts = this.named(expression)
    if (hosts.length === 0) return hosts
    const subset = index !== undefined ? hosts.at(Number(index)) : slice(hosts, Number(from), to!)
    if (subset === undefined)
      throw new InputError(`No hosts matched the subscripted pattern '${part}': '${expression}' has ${hosts.length}, counted from 0`)
    return Array.isArray(subset) ? subset : [subset]
  }

  private named(expression: string): Host[] {
    const matches = matcher(expression)
    const groups = [...this.inventory.groups.keys()].filter(matches)
    const hosts = groups.flatMap(group => this.inventory.hostsOf(group))
    if (groups.length === 0 || expression.startsWith('~') || /[.?*[]/.test(expression)) {
      for (const [name, host] of this.inventory.hosts) if (matches(name)) hosts.push(host)
    }
    if (hosts.length === 0 && localNames.includes(expression) && (this.local ??= this.inventory.find(expression))) return [this.local]
    if (hosts.length === 0 && groups.length === 0 && expression !== 'all')
      this.warn(`Could not match supplied host pattern, ignoring: ${expression}`)
    return hosts
  }
}

const withSubscript = /^(.+)\[(?:(-?[0-9]+)|([0-9]+)([:-])([0-9]*))\]$/s

/** Both ends included; without an end up to the last. An end of 0 is no end to Ansible: `[2:0]` is the host 2. */
function slice(hosts: Host[], from: number, to: string): Host[] | Host | undefined {
  if (to !== '' && Number(to) === 0) return hosts[from]
  return hosts.slice(from, to === '' ? undefined : Number(to) + 1)
}

function matcher(expression: string): (name: string) => boolean {
  if (!expression.startsWith('~')) return globMatcher(expression)
  try {
    const regex = pythonRegex(expression.slice(1), { anchor: 'start' })
    return name => {
      regex.lastIndex = 0
      return regex.test(name)
    }
  } catch (cause) {
    throw new InputError(`Invalid host list pattern: ${expression}`, {
      cause,
      next: 'Behind ~ stands a regular expression, for example ~web\\d+.',
    })
  }
}

function intersection(hosts: Host[], others: Host[]): Host[] {
  const names = new Set(others)
  return hosts.filter(host => names.has(host))
}

function difference(hosts: Host[], others: Host[]): Host[] {
  const names = new Set(others)
  return hosts.filter(host => !names.has(host))
}
