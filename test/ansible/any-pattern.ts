import fc from 'fast-check'
import { groupNames, plainHosts } from './any-word.js'

const name = fc.constantFrom<string>(
  ...groupNames,
  ...plainHosts,
  'all',
  'ungrouped',
  'n3',
  'nobody',
  '127.0.0.1',
  '::1',
  'fe80::1',
  'web3',
)

const glob = fc.constantFrom(
  ...[
    '*',
    'w*',
    '*1',
    'web?',
    '[wd]*',
    'h[12]',
    'h[!1]',
    'n[1-3]',
    '*.example.com',
    'web[12]*',
    '?',
    'n*[0]',
    '*[1:2]',
    '10.*',
    '[!a]*',
    'we[b]',
    'N*',
    '[',
    ']',
    '[]*',
    'h[]1]',
    '**',
    'db?.example.*',
  ],
)
const regex = fc.constantFrom(
  ...[
    '~h',
    '~^web\\d',
    '~.*1$',
    '~(web|db)',
    '~w.b',
    '~',
    '~(',
    '~[',
    '~n[1:3]',
    '~\\w+\\.example',
    '~(?i)N',
    '~(?P<x>w)eb',
    '~h1\\Z',
    '~\\AN',
    '~h{1,2}',
    '~a*',
    '~web[12]',
    '~x|h',
    '~[[:alpha:]]',
  ],
)
const subscript = fc
  .tuple(
    fc.oneof(name, glob),
    fc.constantFrom(
      '[0]',
      '[1]',
      '[-1]',
      '[-2]',
      '[9]',
      '[0:1]',
      '[1:]',
      '[1-2]',
      '[0-]',
      '[2:0]',
      '[3:9]',
      '[:1]',
      '[-2:]',
      '[0:-1]',
      '[a]',
      '[]',
      '[00]',
      '[1:1]',
      '[0][0]',
      '[-9]',
    ),
  )
  .map(([base, index]) => base + index)

const part = fc
  .tuple(
    fc.oneof(
      { weight: 12, arbitrary: fc.constant('') },
      { weight: 4, arbitrary: fc.constantFrom('&', '!') },
      { weight: 1, arbitrary: fc.constantFrom(' ', '!!', '&!', '!&', '& ') },
    ),
    fc.oneof(
      { weight: 5, arbitrary: name },
      { weight: 2, arbitrary: glob },
      { weight: 1, arbitrary: regex },
      { weight: 2, arbitrary: subscript },
    ),
    fc.constantFrom('', '', '', ' '),
  )
  .map(words => words.join(''))

const pieces = fc
  .array(fc.constantFrom('web', 'h', '1', '[', ']', ':', ',', '!', '&', '~', '*', '?', '-', '0', ' ', '.', 'n', '[0]', '[1:2]', 'all'), {
    minLength: 1,
    maxLength: 8,
  })
  .map(words => words.join(''))

/** A host pattern: parts behind each other with commas or colons, or (one in eight) any pieces in a row. */
export const anyPattern: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc
      .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom(',', ',', ':', ', ', ',,'))
      .map(([parts, separator]) => parts.join(separator)),
  },
  { weight: 1, arbitrary: pieces },
)

/** As `hosts:` of a play: a text, or a list of texts. */
export const anyHosts: fc.Arbitrary<string | string[]> = fc.oneof(
  { weight: 4, arbitrary: anyPattern },
  { weight: 1, arbitrary: fc.array(anyPattern, { minLength: 1, maxLength: 3 }) },
)

/** `--limit`: absent, a pattern, or `@limit`, a file with a pattern a line. */
export const anyLimit: fc.Arbitrary<{ limit?: string; file?: string }> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: anyPattern.map(limit => ({ limit })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.array(fc.oneof(part, fc.constantFrom('', '# c', 'h1,h2', ' h1 ', 'web:db', '@x')), { maxLength: 4 }),
        fc.constantFrom('@limit', '@limit', 'h1,@limit', '@nowhere', '@.', '&@limit'),
      )
      .map(([lines, limit]) => ({ limit, file: lines.map(line => `${line}\n`).join('') })),
  },
)
