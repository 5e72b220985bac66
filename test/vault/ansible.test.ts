import { openAnsibleVault, type AnsibleVault } from '../support/ansible-vault.js'
import { vaultsAgree } from './agreement.js'
import { sameSeed } from '../support/seed.js'

let ansible: AnsibleVault
beforeAll(async () => void (ansible = await openAnsibleVault()), 300_000)
afterAll(() => ansible?.close())

test('files pass between ansible-vault and netplay both ways, and both refuse the same', () => vaultsAgree(ansible, 12, sameSeed), 120_000)
