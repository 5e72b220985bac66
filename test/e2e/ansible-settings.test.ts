import { amount, tell } from '../ansible/amount.js'
import { AnsibleOracle } from '../ansible/oracle.js'
import { settingsAgree } from '../ansible/settings-agreement.js'
import { sameSeed } from '../support/seed.js'

let oracle: AnsibleOracle
beforeAll(async () => void (oracle = await AnsibleOracle.start()), 300_000)
afterAll(() => oracle.stop())

test('generated configuration files and environments give the settings that Ansible gives', async () => {
  tell('settings', await settingsAgree(oracle, amount(100, sameSeed)))
}, 300_000)
