import { knownHostsAgree } from '../support/known-hosts-agreement.js'
import { sshConfigsAgree } from '../support/ssh-config-agreement.js'

const seed = Number(process.env['NETPLAY_SEED'] ?? Date.now() % 1_000_000)

test('600 generated ssh_config files are read as `ssh -G` reads them', () => sshConfigsAgree(600, seed), 600_000)

test('600 generated known_hosts files are read as ssh-keygen reads them', () => knownHostsAgree(600, seed), 600_000)
