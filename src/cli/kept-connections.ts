import { dirname } from 'node:path'
import { InputError } from '../errors.js'
import { connectionOf } from '../inventory/connection.js'
import type { Plan } from '../plan/plan.js'
import type { Secret } from '../secret.js'
import { hostVariables } from '../templates/host-scope.js'
import type { Connection } from '../transport/connection.js'
import type { OpenVault } from '../vaulted.js'
import type { KeptConnection, OwnSecret } from './connections.js'
import { loadSources } from './load-sources.js'
import type { RunOptions } from './options.js'
import type { Passwords } from './passwords.js'

/** By host: the secrets that its own variables hold. */
type OwnSecrets = (host: string) => Partial<Record<OwnSecret, Secret>>

/**
 * The connections of a plan, with their secrets again: a host's own from the inventory that it was planned with (or `-i`, and `-e`), which win
 * over what was asked for all; the others as asked for this run.
 * @throws {InputError} a secret that was a host's own is nowhere any more
 */
export async function keptConnections(
  plan: Plan,
  asked: Passwords,
  options: Pick<RunOptions, 'inventory' | 'extraVars'>,
  openVault?: OpenVault,
): Promise<Connection[]> {
  const kept = Object.values(plan.hosts).map(({ connection }) => connection as unknown as KeptConnection)
  const own: OwnSecrets = kept.some(({ ownSecrets }) => ownSecrets !== undefined)
    ? await ownSecretsOf(plan, options, openVault)
    : () => ({})
  return kept.map(({ ownSecrets = [], ...connection }) => {
    const found = own(connection.host)
    const secret = (which: OwnSecret, otherwise: Secret | undefined): Secret | undefined => {
      if (!ownSecrets.includes(which)) return otherwise
      return found[which] ?? otherwise ?? missing(connection.host, which)
    }
    const { become } = connection
    return {
      ...connection,
      password: secret('password', asked.login),
      passphrase: asked.passphrase,
      ...(become === undefined ? {} : { become: { ...become, password: secret('becomePassword', asked.become) } }),
    }
  })
}

async function ownSecretsOf(
  { source }: Plan,
  options: Pick<RunOptions, 'inventory' | 'extraVars' | 'skipBrokenSources'>,
  openVault: OpenVault | undefined,
): Promise<OwnSecrets> {
  const playbookDir = dirname(source.playbooks[0]!)
  const sources = options.inventory.length > 0 ? options.inventory : source.inventory
  const { inventory, extraVars } = await loadSources({ ...options, inventory: sources }, { playbookDir, openVault })
  return name => {
    const host = inventory.find(name)
    if (host === undefined) return {}
    const { password, become } = connectionOf(host, {
      variables: hostVariables(inventory, extraVars, host, { playbookDir }),
    })
    return { password, becomePassword: become.password }
  }
}

function missing(host: string, which: OwnSecret): never {
  const [variable, flag] = which === 'password' ? ['ansible_password', '-k'] : ['ansible_become_password', '-K']
  throw new InputError(`${host} was planned with ${variable}, which its inventory does not have now`, {
    next: `Give it as it was given then, as -e @FILE for instance, or ask for it with ${flag}; nothing was changed.`,
  })
}
