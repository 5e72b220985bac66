import fc from 'fast-check'
import { definitions, settingKeys, type Definition } from '../../src/settings/definitions.js'
import type { SettingType } from '../../src/settings/types.js'

export interface SettingsCase {
  /** text of ansible.cfg */
  config: string
  /** variables, none of them empty: an empty one counts as none in netplay */
  env: Record<string, string>
}

const path = fc.constantFrom('a', 'a/b', './a', '../a', '/a/../b', '~', '~/a', '$WORD/a', '${WORD}x', '$NONE/a', '{{CWD}}/a', '"a"', 'a b')
const word = fc.constantFrom('ops', '"ops"', "'o p'", '"', "it's", 'a=b', 'a:b', 'a#b', '%h', '{{ x }}', 'ä', "'a'b'", '"a\\"')
const texts: Record<SettingType, fc.Arbitrary<string>> = {
  boolean: fc.constantFrom('yes', 'True', 'ON', '1', 't', 'y', 'no', 'False', '0', 'n', 'maybe', '2'),
  integer: fc.constantFrom('7', ' 7', '1e1', '7.0', '+3', '1_0', '0012'),
  string: word,
  path,
  list: fc.array(word, { minLength: 1, maxLength: 3 }).map(words => words.join(', ')),
  pathlist: fc.array(path, { minLength: 1, maxLength: 3 }).map(words => words.join(' , ')),
  pathspec: fc.array(path, { minLength: 1, maxLength: 3 }).map(words => words.join(':')),
}

/** What takes only some words is given those. */
const textOf = ({ name, type }: Definition): fc.Arbitrary<string> =>
  name === 'DEFAULT_HASH_BEHAVIOUR' ? fc.constant('replace') : name === 'DEFAULT_TRANSPORT' ? fc.constantFrom('ssh', 'local') : texts[type]

const anyDefinition: fc.Arbitrary<Definition> = fc.constantFrom(...settingKeys.map(key => definitions[key] as Definition))

const anyLine = anyDefinition.chain(definition =>
  fc.record({
    at: fc.constantFrom(...definition.ini),
    text: textOf(definition),
    delimiter: fc.constantFrom('=', ' = ', ': ', ' :  '),
    isUpper: fc.boolean(),
    after: fc.constantFrom('', '', ' ; note', '   ', '\n', '\n# note', '\n  ; note'),
  }),
)
const anyVariable = anyDefinition.chain(definition =>
  fc.tuple(
    fc.constantFrom(...definition.env),
    textOf(definition).filter(text => text !== ''),
  ),
)

export const anySettings: fc.Arbitrary<SettingsCase> = fc
  .record({
    lines: fc.uniqueArray(anyLine, { selector: ({ at }) => at.join(), maxLength: 8 }),
    variables: fc.array(anyVariable, { maxLength: 3 }),
  })
  .map(({ lines, variables }) => ({ config: configOf(lines), env: Object.fromEntries(variables) }))

type Line = typeof anyLine extends fc.Arbitrary<infer T> ? T : never

function configOf(lines: readonly Line[]): string {
  const sections = [...new Set(lines.map(({ at: [section] }) => section))]
  return sections
    .map(
      section =>
        `[${section}]\n${lines
          .filter(({ at }) => at[0] === section)
          .map(textOfLine)
          .join('\n')}\n`,
    )
    .join('\n')
}

const textOfLine = ({ at: [, key], isUpper, delimiter, text, after }: Line) =>
  `${isUpper ? key.toUpperCase() : key}${delimiter}${text}${after}`
