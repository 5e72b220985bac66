import { openAnsibleVault, type AnsibleVault } from '../support/ansible-vault.js'
import { vaultsAgree } from '../vault/agreement.js'

let ansible: AnsibleVault
beforeAll(async () => void (ansible = await openAnsibleVault()), 300_000)
afterAll(() => ansible?.close())

const seed = Number(process.env['NETPLAY_SEED'] ?? Date.now() % 1_000_000)

test('120 files pass between ansible-vault and netplay both ways, and both refuse the same', () => vaultsAgree(ansible, 120, seed), 600_000)
