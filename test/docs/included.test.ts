import { pagesWithFiles, withFiles } from '../../docs/included.js'
import { textOf } from '../../docs/kind-pages.js'

test('pages show the files of the tree as they are (else: npm run docs)', async () => {
  for (const { name, wanted } of await pagesWithFiles()) {
    expect(wanted).toMatch(/^<!-- file: /m)
    expect(await textOf(name)).toBe(wanted)
  }
})

test('a block is made where there is none, and made anew where there is one', async () => {
  const page = 'Before.\n<!-- file: .prettierrc.json -->\nAfter.\n```\nkept\n```\n'
  const made = await withFiles(page)
  expect(made).toMatch(/^Before\.\n<!-- file: \.prettierrc\.json -->\n```\n\{.*\}\n```\nAfter\.\n```\nkept\n```\n$/)
  expect(await withFiles(made.replace('"semi"', '"old"'))).toBe(made)
})
