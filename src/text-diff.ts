// Their own files: the package as a whole is five times as many, read at every start.
import { diffLines } from 'diff/lib/diff/line.js'
import { createTwoFilesPatch } from 'diff/lib/patch/create.js'

/** Two texts as one, line by line: `  ` in both, `- ` only before, `+ ` only after. This file is the one home of the package `diff`. */
export const linesCompared = (before: string, after: string): string =>
  diffLines(before, after)
    .flatMap(({ value, added, removed }) =>
      value
        .replace(/\n$/, '')
        .split('\n')
        .map(line => `${added ? '+' : removed ? '-' : ' '} ${line}`),
    )
    .join('\n')

/** Hunks of a unified diff, without the file headers. */
export const unifiedDiff = (before: string, after: string, contextLines = 3): string[] => {
  const lines = createTwoFilesPatch('', '', before, after, undefined, undefined, { context: contextLines }).split('\n').slice(4)
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}
