import { openAnsibleVault, type AnsibleVault } from '../support/ansible-vault.js'
import { vaultsAgree } from '../vault/agreement.js'
import { newSeed } from '../support/seed.js'

let ansible: AnsibleVault
beforeAll(async () => void (ansible = await openAnsibleVault()), 300_000)
afterAll(() => ansible?.close())

test(
  '120 files pass between ansible-vault and netplay both ways, and both refuse the same',
  () => vaultsAgree(ansible, 120, newSeed),
  600_000,
)
