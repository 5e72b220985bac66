import { amount, tell } from '../ansible/amount.js'
import { inventoriesAgree, patternsAgree } from '../ansible/agreement.js'
import { AnsibleOracle } from '../ansible/oracle.js'
import { newSeed } from '../support/seed.js'

let oracle: AnsibleOracle
beforeAll(async () => void (oracle = await AnsibleOracle.start()), 300_000)
afterAll(() => oracle.stop())

test('a thousand generated inventories print as ansible-inventory prints them', async () => {
  tell('inventories', await inventoriesAgree(oracle, amount(1000, newSeed)))
}, 600_000)

test('generated patterns and limits name the hosts that Ansible finds', async () => {
  tell('patterns', await patternsAgree(oracle, amount(1500, newSeed)))
}, 600_000)
