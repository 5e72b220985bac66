/** One command of a recording and what came of it. */
export interface Recorded {
  command: string
  stdout: string
  stderr: string
  code: number
}

/**
 * Read a recording: `$ COMMAND`, perhaps with the lines of a here-document, then its output with two blanks before every line,
 * `(stderr) ` before those of standard error, and `(exit N)`.
 */
export function parseRecording(text: string): Recorded[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map(part => {
      const lines = part.replace(/\n+$/, '').split('\n')
      const isOutput = (line: string) => line.startsWith('  ')
      const until = lines.findIndex((line, at) => at > 0 && isOutput(line))
      const output = lines.slice(until).map(line => line.slice(2))
      const end = /^\(exit (\d+)\)$/.exec(output.at(-1) ?? '')
      if (until < 1 || !end) throw new Error(`no end of this command: ${part}`)
      const said = output.slice(0, -1)
      const isError = (line: string) => line.startsWith('(stderr) ')
      const joined = (of: string[]) => of.map(line => `${line}\n`).join('')
      return {
        command: lines.slice(0, until).join('\n'),
        stdout: joined(said.filter(line => !isError(line))),
        stderr: joined(said.filter(isError).map(line => line.slice('(stderr) '.length))),
        code: Number(end[1]),
      }
    })
}
