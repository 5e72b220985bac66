import { inventoriesAgree, layoutAgrees, patternsAgree } from '../ansible/agreement.js'
import { AnsibleOracle } from '../ansible/oracle.js'
import { amount, tell } from '../ansible/amount.js'
import { kubespray } from '../ansible/kubespray.js'
import { sameSeed } from '../support/seed.js'

// A tenth of test/long/ansible-inventory.test.ts.
let oracle: AnsibleOracle
beforeAll(async () => void (oracle = await AnsibleOracle.start()), 300_000)
afterAll(() => oracle.stop())

test('generated inventories print as ansible-inventory prints them', async () => {
  tell('inventories', await inventoriesAgree(oracle, amount(100, sameSeed)))
}, 300_000)

test('generated patterns and limits name the hosts that Ansible finds', async () => {
  tell('patterns', await patternsAgree(oracle, amount(150, sameSeed)))
}, 300_000)

test.each([
  [['--list']],
  [['--list', '--export']],
  [['--graph', '--vars']],
  [['--host', 'node3']],
  [['--list', '--limit', 'kube_node:!etcd']],
])('an inventory as kubespray has it prints the same: %j', async args => {
  expect(await layoutAgrees(oracle, { ...kubespray, args })).toEqual({ same: 1, refused: 0, stricter: 0 })
})
