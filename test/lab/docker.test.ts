import { hasCapability } from '../../lab/docker.js'

const status = (bounding: string) => `Name:\tnode\nCapEff:\t000001ffffffffff\nCapBnd:\t${bounding}\nNoNewPrivs:\t0\n`

test('a capability is looked up in the bounding set', () => {
  expect(hasCapability(status('000001ffffffffff'), 24)).toBe(true)
  expect(hasCapability(status('000001fffeffffff'), 24)).toBe(false)
  expect(hasCapability(status('000001fffeffffff'), 40)).toBe(true)
})
