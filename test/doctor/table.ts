import { causes } from '../../src/doctor/causes/all.js'

/** Rows of docs/doctor.md, one an id: what the causes say of themselves. */
export const causeRows = (): string[] => {
  const ids = [...new Set(causes.map(({ id }) => id))]
  return ids.map(id => {
    const same = causes.filter(cause => cause.id === id)
    const said = (field: 'title' | 'looksAt' | 'unseen') => [...new Set(same.flatMap(cause => cause[field] || []))].join('; ')
    return `| ${[id, said('title'), said('looksAt'), said('unseen') || '–', same[0]!.role].join(' | ')} |`
  })
}
