import { readFileSync } from 'node:fs'
import { causeRows } from './table.js'

const page = readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8')

test('docs/doctor.md has every cause as the code has it, and no other', () => {
  expect(page.split('\n').filter(line => /^\| P\d/.test(line))).toEqual(causeRows())
})
