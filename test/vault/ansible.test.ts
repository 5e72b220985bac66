import { openAnsibleVault, type AnsibleVault } from '../support/ansible-vault.js'
import { vaultsAgree } from './agreement.js'

let ansible: AnsibleVault
beforeAll(async () => void (ansible = await openAnsibleVault()), 300_000)
afterAll(() => ansible?.close())

const seed = Number(process.env['NETPLAY_SEED'] ?? Date.now() % 1_000_000)

test('files pass between ansible-vault and netplay both ways, and both refuse the same', () => vaultsAgree(ansible, 12, seed), 120_000)
