import { execFileSync } from 'node:child_process'
import { partsOf, preludeFor } from '../../src/resources/prelude-for.js'
import { prelude } from '../../src/resources/prelude.js'

const named = (text: string) => [...text.matchAll(/^(np_\w+)\(\) \{/gm)].map(([, name]) => name)

test('the parts are the prelude, and each function is one that a shell can read', () => {
  const parts = partsOf(prelude)
  expect(parts.map(({ text }) => text).join('\n')).toBe(prelude)
  const functions = parts.filter(({ name }) => name !== undefined)
  expect(functions.map(({ name }) => name)).toEqual(named(prelude))
  for (const { text } of functions) execFileSync('sh', ['-n'], { input: text })
})

test('a text gets the functions it names, and those that they name in turn, in the order of the prelude', () => {
  const own = named(preludeFor('np_sysctls 0 net.ipv4.ip_forward'))
  expect(own).toEqual(expect.arrayContaining(['np_end', 'np_sysctls', 'np_small', 'np_cell', 'np_unit_hash']))
  expect(own).not.toContain('np_put')
  expect(own).toEqual(named(prelude).filter(name => own.includes(name)))
})

test('no function that any of them calls is left out', () => {
  const all = new Set(named(prelude))
  for (const name of all) {
    const text = preludeFor(`${name}`)
    const called = [...text.matchAll(/\bnp_\w+/g)].map(([word]) => word).filter(word => all.has(word))
    expect(named(text)).toEqual(expect.arrayContaining(called))
  }
})

test('a text that names none gets what stands outside functions, and no more', () => {
  const text = preludeFor('echo hello')
  expect(named(text)).toEqual([])
  expect(text).toMatch(/^LC_ALL=C; export LC_ALL$/m)
})
