import { knownHostsAgree } from '../support/known-hosts-agreement.js'
import { sshConfigsAgree } from '../support/ssh-config-agreement.js'
import { newSeed } from '../support/seed.js'

test('600 generated ssh_config files are read as `ssh -G` reads them', () => sshConfigsAgree(600, newSeed), 600_000)

test('600 generated known_hosts files are read as ssh-keygen reads them', () => knownHostsAgree(600, newSeed), 600_000)
