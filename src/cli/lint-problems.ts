import { formatOrigin, printable, type InputError } from '../errors.js'

export interface Problem {
  severity: 'mistake' | 'warning'
  /** one-based; 0: the file as a whole, or no file */
  file?: string
  line: number
  column: number
  message: string
  /** the line at fault */
  excerpt?: string
  next?: string
}

/** What lint finds, in the order of files and lines. The same place is told once, whichever host met it. */
export class Problems {
  private readonly found = new Map<string, Problem>()

  get all(): Problem[] {
    const order = (a: Problem, b: Problem) => compare(a.file ?? '', b.file ?? '') || a.line - b.line || a.column - b.column
    return [...this.found.values()].sort(order)
  }
  count(severity: Problem['severity']): number {
    return this.all.filter(problem => problem.severity === severity).length
  }
  get files(): Set<string> {
    return new Set([...this.found.values()].flatMap(({ file }) => file ?? []))
  }

  add(problem: Problem): void {
    const { file, line, column, message } = problem
    const key = line > 0 ? `${file}:${line}:${column}` : `${file ?? ''} ${message}`
    if (this.found.get(key)?.severity !== 'mistake') this.found.set(key, problem)
  }

  addError({ problem, details: { origin, excerpt }, next }: InputError, severity: Problem['severity'] = 'mistake'): void {
    const at = origin ?? { line: 0, column: 0 }
    this.add({ severity, ...at, message: problem, ...(excerpt === undefined ? {} : { excerpt }), next })
  }

  /** @param sentence with its position in front, as warnings have it */
  addWarning(sentence: string): void {
    const [, file, line, column, message] = /^([^\s:][^:\n]*):(\d+)(?::(\d+))?: (.*)$/s.exec(sentence) ?? []
    if (file === undefined) return this.add({ severity: 'warning', line: 0, column: 0, message: sentence })
    this.add({ severity: 'warning', file, line: Number(line), column: Number(column ?? 0), message: message! })
  }
}

/** For people: each as compilers tell theirs, so that editors find the place. */
export function problemText({ severity, file, line, column, message, excerpt, next }: Problem): string {
  const place = file === undefined ? '' : `${formatOrigin({ file, line, column })}: `
  const caret = excerpt === undefined ? [] : [`    ${excerpt}`, `    ${' '.repeat(Math.max(0, column - 1))}^`]
  const isWorthSaying = next !== undefined && !next.startsWith('Mend it')
  const lines = [`${place}${severity === 'warning' ? 'warning: ' : ''}${message}`, ...caret, ...(isWorthSaying ? [`  Next: ${next}`] : [])]
  return `${printable(lines.join('\n'))}\n`
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
