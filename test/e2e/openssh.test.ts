import { knownHostsAgree } from '../support/known-hosts-agreement.js'
import { sshConfigsAgree } from '../support/ssh-config-agreement.js'
import { sameSeed } from '../support/seed.js'

test('60 generated ssh_config files are read as `ssh -G` reads them', () => sshConfigsAgree(60, sameSeed), 600_000)

test('60 generated known_hosts files are read as ssh-keygen reads them', () => knownHostsAgree(60, sameSeed), 600_000)
