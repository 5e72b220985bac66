import { openOracle } from '../support/ansible-oracle.js'
import { agreeOn } from '../support/precedence.js'
import { newSeed } from '../support/seed.js'

test('two hundred generated layouts of variables give what ansible-core gives', async () => {
  const oracle = await openOracle()
  try {
    expect(await agreeOn(200, newSeed, oracle)).toBeGreaterThanOrEqual(200)
  } finally {
    oracle.end()
  }
}, 600_000)
