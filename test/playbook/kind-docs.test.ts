import { describedKinds } from '../../src/playbook/kind-docs.js'
import { fileWords } from '../../src/playbook/kind-words-files.js'
import { systemWords } from '../../src/playbook/kind-words-system.js'
import { mistakesOf } from '../../src/playbook/schema.js'
import { taskKinds } from '../../src/playbook/task-kinds.js'
import type { ParamsSchema } from '../../src/resources/resource.js'
import { parseYaml, toPlain } from '../../src/yaml.js'

test.each(describedKinds().map(kind => [kind.key, kind] as const))('%s is described in full, and its example is one', (key, kind) => {
  expect(kind.summary).toMatch(/\.$/)
  const properties = Object.entries(kind.schema.properties as Record<string, ParamsSchema>)
  expect(properties.filter(([, { description }]) => !description).map(([name]) => name)).toEqual([])
  const [task] = toPlain(parseYaml(kind.example)) as [Record<string, unknown>]
  expect(Object.keys(task)).toEqual(['name', key])
  expect(mistakesOf(kind.schema, task[key])).toEqual([])
})

test('words are about kinds and parameters that there are', () => {
  const words = { ...fileWords, ...systemWords }
  expect(Object.keys(words).sort()).toEqual([...taskKinds.keys()].sort())
  const odd = Object.entries(words).flatMap(([key, { parameters }]) =>
    Object.keys(parameters)
      .filter(name => !(name in (taskKinds.get(key)!.schema.properties as object)))
      .map(name => `${key}.${name}`),
  )
  expect(odd).toEqual([])
})
