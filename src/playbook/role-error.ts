import { readFileSync } from 'node:fs'
import { isAbsolute, relative, sep } from 'node:path'
import { InputError, NetplayError, type Origin } from '../errors.js'
import { errorAt } from '../error-at.js'
import { didYouMean } from '../suggest.js'

/** A role's folder, and where positions in what runs were written. */
export interface RoleSource {
  name: string
  file: string
  dir: string
  /** where `dir` leads when it is a link: files run under either name */
  realDir: string
  written: (made: Origin) => Origin
  /** what 'netplay' exports, for "did you mean" */
  api: readonly string[]
}

/**
 * What a role threw, as the admin should see it: with the position in the role's own files. Errors of netplay's that know theirs stay as they are.
 */
export function roleError(error: unknown, source: RoleSource): NetplayError {
  if (error instanceof NetplayError && !(error instanceof InputError && error.details.origin === undefined)) return error
  const { message, stack } = textsOf(error)
  const origin = syntaxOrigin(message) ??
    importOrigin(error, message) ??
    stackOrigin(stack, source) ?? { file: source.file, line: 0, column: 0 }
  const problem = error instanceof InputError ? error.problem : `role "${source.name}": ${readable(message, source)}`
  return errorAt(shownOrigin(origin), problem, {
    cause: error,
    next: error instanceof InputError ? error.next : 'Mend the role and run again; nothing was changed.',
  })
}

/** Relative to the working folder where it is inside it: as an admin would type it. */
export function shownOrigin(origin: Origin): Origin {
  const near = relative(process.cwd(), origin.file)
  return near === '' || near.startsWith('..') || isAbsolute(near) ? origin : { ...origin, file: near }
}

// A role is evaluated outside the realm of tests, where `instanceof Error` does not hold.
const textsOf = (error: unknown) => {
  const { message, stack } = (error ?? {}) as { message?: unknown; stack?: unknown }
  return { message: typeof message === 'string' ? message : String(error), stack: typeof stack === 'string' ? stack : '' }
}

const readable = (message: string, { api }: RoleSource) => {
  const parse = /^ParseError: ([^\n]*?)\s*\n/.exec(message)?.[1]
  if (parse !== undefined) return `this is not TypeScript: ${parse}`
  const called = /\(0\s*,\s*_(\w+)\.(\w+)\) is not a function/.exec(message)
  if (called?.[1] === 'netplay' && !api.includes(called[2]!)) return `'netplay' has no export "${called[2]}"${didYouMean(called[2]!, api)}`
  return message.split('\n')[0]!.replace(/\(0\s*,\s*_\w+\.(\w+)\)/g, '$1')
}

/** The translator puts `file:line:column`, column from 0, on the second line. */
function syntaxOrigin(message: string): Origin | undefined {
  const [, file, line, column] = /^ParseError: [^\n]*\n (.*):(\d+):(\d+)$/.exec(message) ?? []
  return file === undefined ? undefined : { file, line: Number(line), column: Number(column) + 1 }
}

/** A module that is not there is told where it is named. */
function importOrigin(error: unknown, message: string): Origin | undefined {
  const [, specifier] = /^Cannot find (?:module|package) '([^']+)'/.exec(message) ?? []
  const [file] = (error as { requireStack?: string[] }).requireStack ?? []
  if (specifier === undefined || file === undefined) return undefined
  const lines = readFileSync(file, 'utf8').split('\n')
  const line = lines.findIndex(text => text.includes(`'${specifier}'`) || text.includes(`"${specifier}"`))
  return line < 0 ? undefined : { file, line: line + 1, column: lines[line]!.indexOf(specifier) }
}

function stackOrigin(stack: string, { dir, realDir, written }: RoleSource): Origin | undefined {
  for (const frame of stack.split('\n')) {
    const [, file, line, column] = /(?:file:\/\/)?(\/[^()]*?|[A-Za-z]:[^()]*?):(\d+):(\d+)\)?$/.exec(frame) ?? []
    if (file?.startsWith(dir + sep) || file?.startsWith(realDir + sep)) return written({ file, line: Number(line), column: Number(column) })
  }
  return undefined
}
