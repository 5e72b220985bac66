import { kindPages, textOf } from '../../docs/kind-pages.js'

test.each(kindPages().map(page => [page.name, page] as const))(
  'docs/%s is as the schemas say (else: npm run docs)',
  async (name, { wanted }) => {
    expect(await textOf(name)).toBe(wanted)
  },
)
