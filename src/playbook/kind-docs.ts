import type { ParamsSchema } from '../resources/resource.js'
import { fileWords } from './kind-words-files.js'
import { systemWords } from './kind-words-system.js'
import { taskKinds, type TaskKind } from './task-kinds.js'

/** What a kind's schema does not say. */
export interface KindWords {
  summary: string
  /** by parameter; those that the schema describes itself are not here */
  parameters: Record<string, string>
  /** one task, as YAML */
  example: string
}

export interface DescribedKind {
  key: string
  summary: string
  /** names in snake_case, each with its description */
  schema: ParamsSchema
  example: string
}

/** Kinds of tasks with the words about them, by name. */
export const describedKinds = (): DescribedKind[] => [...taskKinds.values()].map(described).sort((a, b) => (a.key < b.key ? -1 : 1))

function described({ key, schema }: TaskKind): DescribedKind {
  const { summary, parameters, example } = { ...fileWords, ...systemWords }[key] ?? { summary: '', parameters: {}, example: '' }
  const properties = Object.entries(schema.properties as Record<string, ParamsSchema>).map(([name, of]): [string, ParamsSchema] => [
    name,
    { ...of, description: parameters[name] ?? of.description },
  ])
  return { key, summary, example, schema: { ...schema, properties: Object.fromEntries(properties) } }
}
