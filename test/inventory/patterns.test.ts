import fc from 'fast-check'
import { join } from 'node:path'
import { InputError } from '../../src/errors.js'
import type { Inventory } from '../../src/inventory/model.js'
import { EmptyLimitError, selectHosts } from '../../src/inventory/patterns.js'
import { splitPattern } from '../../src/inventory/split-pattern.js'
import { loadIni, removeScratch, scratch } from './scratch.js'

afterAll(removeScratch)

let inventory: Inventory
beforeAll(async () => {
  inventory = await loadIni('[web]\nweb[1:5]\n[db]\ndb[1:3]\nweb2\n[prod:children]\nweb\ndb\n')
})

const select = (pattern: string | string[], limit?: string) => {
  const warnings: string[] = []
  const hosts = selectHosts(inventory, pattern, limit, warning => warnings.push(warning))
  return { hosts: hosts.map(host => host.name).join(' '), warnings }
}

test('a part that matches nothing is a warning, and the others count', () => {
  expect(select('nope,web1')).toEqual({ hosts: 'web1', warnings: ['Could not match supplied host pattern, ignoring: nope'] })
  expect(select('web[1-2]')).toEqual({ hosts: 'web2 web3', warnings: ['Use [x:y] inclusive subscripts instead of [x-y] in web[1-2]'] })
})

test('an index beyond the group is an error that says how many there are', () => {
  expect(() => select('web[5]')).toThrow("No hosts matched the subscripted pattern 'web[5]': 'web' has 5, counted from 0")
})

test('a limit that leaves no host of the inventory is an error with a code of its own', () => {
  expect(() => select('all', '!all')).toThrow(EmptyLimitError)
  expect(() => select('all', 'nope')).toThrow('leaves us with no hosts to target')
  expect(select('db', 'web1').hosts).toBe('')
})

test('a limit file that is missing, and one that is a folder, are errors', () => {
  expect(() => select('all', '@/nowhere/limit')).toThrow('Unable to find limit file /nowhere/limit')
  expect(() => select('all', '@/')).toThrow('must be a file, not a directory')
})

test('the implicit localhost is one host, whichever of its names come after the first', () => {
  expect(select('localhost,127.0.0.1').hosts).toBe('localhost')
  expect(select(['::1', 'web1,localhost']).hosts).toBe('::1 web1')
})

test('a blank limit is no limit, and a limit file of empty lines names all', () => {
  const file = join(scratch({ limit: '\n\n' }), 'limit')
  expect(select('127.0.0.1', ' ').hosts).toBe('127.0.0.1')
  expect(select('web1', `@${file}`).hosts).toBe('web1')
  expect(select('127.0.0.1', `@${file}`).hosts).toBe('')
})

test('a bad regular expression and an empty part are errors', () => {
  expect(() => select('~web(')).toThrow('Invalid host list pattern: ~web(')
  expect(() => select('!')).toThrow(InputError)
})

test('a pattern is split at commas, else at colons unless it is one address', () => {
  expect(splitPattern('a, b ,,c')).toEqual(['a', 'b', 'c'])
  expect(splitPattern('web:&db:!h1')).toEqual(['web', '&db', '!h1'])
  expect(splitPattern('web[1:2]:db[0:1]x')).toEqual(['web[1:2]', 'db[0:1]x'])
  expect(splitPattern('fe80::1')).toEqual(['fe80::1'])
  expect(splitPattern(['a:b', 'c,d'])).toEqual(['a', 'b', 'c', 'd'])
})

describe('for any pattern', () => {
  const part = fc.constantFrom(
    'web',
    'db',
    'prod',
    'all',
    'web1',
    'web2',
    'db*',
    '*2',
    'web[0]',
    'web[1:2]',
    'db[-1]',
    '~db',
    '[wd]*1',
    'nope',
  )
  const parts = fc.array(
    fc.tuple(fc.constantFrom('', '', '&', '!'), part).map(pair => pair.join('')),
    { maxLength: 6 },
  )

  test('the order in which parts of one kind are written changes no member', () => {
    fc.assert(
      fc.property(parts, written => {
        const members = (list: string[]) => select(list.join(',')).hosts.split(' ').sort()
        expect(members([...written].reverse())).toEqual(members(written))
      }),
    )
  })
  test('no host comes twice, and a removed one never', () => {
    fc.assert(
      fc.property(parts, part, (written, removed) => {
        fc.pre(removed !== 'nope')
        const hosts = selectHosts(inventory, [...written, `!${removed}`])
        const gone = new Set(selectHosts(inventory, removed.startsWith('web2') ? 'web[1]' : removed))
        expect(new Set(hosts).size).toBe(hosts.length)
        expect(hosts.filter(host => gone.has(host))).toEqual([])
      }),
    )
  })
  test('a limit gives a part of what there is without it, in the same order', () => {
    fc.assert(
      fc.property(parts, part, (written, limit) => {
        fc.pre(limit !== 'nope')
        const all = selectHosts(inventory, written)
        const limited = selectHosts(inventory, written, limit)
        expect(all.filter(host => limited.includes(host))).toEqual(limited)
      }),
    )
  })
  test('any text gives hosts or an InputError', () => {
    const text = fc.array(fc.constantFrom('web', '1', '[', ']', ':', ',', '!', '&', '~', '*', '?', '-', '(', ')', '0', ' ', '@'), {
      maxLength: 10,
    })
    fc.assert(
      fc.property(text, fc.boolean(), (words, asLimit) => {
        try {
          if (asLimit) selectHosts(inventory, 'all', words.join(''))
          else selectHosts(inventory, words.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(InputError)
        }
      }),
      { numRuns: 3000 },
    )
  })
})
