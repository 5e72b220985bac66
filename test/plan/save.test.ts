import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Plan } from '../../src/plan/plan.js'
import { loadPlan, savePlan } from '../../src/plan/save.js'
import { Secret } from '../../src/secret.js'
import { version } from '../../src/version.js'

let dir: string
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'netplay-save-'))))
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const plan = (changes: Partial<Plan> = {}): Plan => ({
  format: 1,
  netplay: version,
  id: '4347bdb0-bc11-4ac7-afd9-044244f462e6',
  madeAt: '2026-11-22T14:03:11.000Z',
  madeBy: 'ann@ops1',
  salt: 's',
  source: { playbooks: ['site.yml'], inventory: [], tags: [], skipTags: [] },
  roles: [],
  reads: [],
  warnings: [],
  hosts: {},
  plays: [],
  stages: [],
  ...changes,
})

test('a plan comes back as it was, and only its owner can read it', async () => {
  const file = join(dir, 'window.plan')
  await savePlan(plan(), file)
  expect(await loadPlan(file)).toEqual(plan())
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('a plan with a secret that was given by value is not written', async () => {
  const slot = { name: 'x', source: { type: 'secret' as const, value: new Secret('hunter2') }, digest: 'd', sizeBytes: 7, secret: true }
  const secret = plan({ hosts: { n1: { connection: {}, things: [], slots: [slot], adopt: [] } } })
  await expect(savePlan(secret, join(dir, 'w'))).rejects.toThrow('n1 has a secret that was given by value')
  expect(() => statSync(join(dir, 'w'))).toThrow()
})

test.each([
  ['is missing', undefined, /^cannot read the plan .*: ENOENT/],
  ['is something else', '{"a": 1}', /is not a plan of netplay$/],
  ['is no JSON', 'hello', /is not a plan of netplay$/],
  ['is empty', '', /is not a plan of netplay$/],
])('a file that %s is refused', async (_, text, message) => {
  const file = join(dir, 'x')
  if (text !== undefined) writeFileSync(file, text)
  await expect(loadPlan(file)).rejects.toThrow(message)
})

test('a plan that was edited by hand, or made by another version, is refused', async () => {
  const file = join(dir, 'window.plan')
  await savePlan(plan(), file)
  writeFileSync(file, readFileSync(file, 'utf8').replace('ann@ops1', 'eve@ops1'))
  await expect(loadPlan(file)).rejects.toThrow('was changed after it was made')
  await savePlan(plan({ netplay: '0.0.9' }), file)
  await expect(loadPlan(file)).rejects.toThrow(`was made by netplay 0.0.9, this is ${version}`)
})
