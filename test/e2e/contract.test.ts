import { labDown, labUp, onHost, type Lab } from '../../lab/lab.js'
import { networkCases, systemdCases } from '../resources/system-cases.js'
import { systemContract } from '../resources/system-contract.js'
import { unitRestarts } from '../resources/unit-restarts.js'
import type { Shell } from '../support/kind-driver.js'
import { factsScript } from '../../src/facts/facts-script.js'
import { parseFacts } from '../../src/facts/facts.js'

const name = `contract-${process.pid}`
let lab: Lab
/** Root's shell on the lab host; the script is its input. */
const shell: Shell = async script => {
  const { stdout, stderr, code } = await onHost(lab, 'n1', 'exec sh', { input: script, timeoutMs: 120_000 })
  return { stdout: Buffer.from(stdout), stderr, exit: code ?? 137 }
}

beforeAll(async () => {
  lab = await labUp({ name, hosts: 1, say: () => undefined })
}, 900_000)
afterAll(() => labDown(name), 60_000)

describe('what every kind promises, on a booted host', () => {
  systemContract(() => shell, [...networkCases, ...systemdCases], 180_000)
})

describe('restart as a state: what happened, and how often the next run restarts', () => {
  unitRestarts(() => shell, 120_000)
})

test('a lab host tells its facts', async () => {
  const facts = parseFacts((await shell(factsScript)).stdout)
  expect(facts).toMatchObject({ hostname: 'n1', os: { id: 'debian' }, init: 'systemd', uid: 0, isAddressKnown: true })
  expect(facts.interfaces.find(({ addresses }) => addresses.some(({ address }) => address === lab.hosts[0]!.address))?.name).toBe('host0')
})
