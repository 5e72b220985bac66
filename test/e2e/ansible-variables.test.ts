import { openOracle, type Oracle } from '../support/ansible-oracle.js'
import { agreeOn } from '../support/precedence.js'
import { sameSeed } from '../support/seed.js'
import { expressions, forOracle, recorded, variablesNode } from '../templates/recorded.js'

let oracle: Oracle
beforeAll(async () => (oracle = await openOracle()), 300_000)
afterAll(() => oracle.end())

test('twenty generated layouts of variables give what ansible-core gives', async () => {
  expect(await agreeOn(20, sameSeed, oracle)).toBeGreaterThanOrEqual(20)
})

test('what is recorded of template expressions is what ansible-core says today', async () => {
  const answers = await oracle.templates(expressions(), forOracle(variablesNode()) as Record<string, unknown>)
  expect(answers.map(answer => ('error' in answer ? { refused: true } : { value: answer.value }))).toEqual(
    recorded().map(({ template: _template, ...said }) => said),
  )
})
