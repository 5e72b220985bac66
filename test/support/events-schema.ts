import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'

const schema = JSON.parse(readFileSync(new URL('../../docs/events.schema.json', import.meta.url), 'utf8')) as object
const ajv = new Ajv({ discriminator: true, allErrors: true, allowUnionTypes: true })
ajv.addFormat('date-time', text => !Number.isNaN(Date.parse(text)))
const isValid = ajv.compile(schema)

/** What docs/events.schema.json has against each line of `--output json`; nothing when they are as documented. */
export const mistakesIn = (events: readonly object[]): string[] =>
  events.flatMap(event => (isValid(event) ? [] : [`${JSON.stringify(event)}: ${ajv.errorsText(isValid.errors)}`]))
