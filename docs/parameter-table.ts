import { parameterWords } from '../src/playbook/parameter-words.js'
import { variablesOf, type Role } from '../src/playbook/role.js'

type Described = Pick<Role, 'name' | 'params'>

export const markers = { start: '<!-- parameters: written by `npm run docs` -->', end: '<!-- end of parameters -->' }

/** The parameters of a role as a markdown table, a line each, in the order of its schema. */
export const parameterTable = (role: Described): string =>
  tableOf(
    ['Variable', 'Values', 'Default', 'What'],
    parameterWords(role.params).map(({ name, values, otherwise, description }) => [
      variablesOf(role, name).map(code).join(', else '),
      values,
      otherwise,
      description,
    ]),
  )

/** The page with the table between its markers renewed; everything else stays as it is. @throws Error when the page lacks a marker */
export function withTable(page: string, role: Described): string {
  const [start, end] = [page.indexOf(markers.start), page.indexOf(markers.end)]
  if (start < 0 || end < start) throw new Error(`docs/roles/${role.name}.md lacks the lines "${markers.start}" and "${markers.end}"`)
  return `${page.slice(0, start)}${markers.start}\n${parameterTable(role)}\n${page.slice(end)}`
}

export function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}

const code = (text: string) => `\`${text}\``
