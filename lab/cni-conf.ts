import { LabError } from './errors.js'

/** A CNI network configuration as it lies in /etc/cni/net.d. */
export interface CniNetwork {
  /** File name, e.g. `10-flannel.conflist`. */
  file: string
  /** Its `name`. */
  name: string
}

/** The network that a container runtime would take: the first file by name that is a configuration. Source: networking.md 2.5. */
export function firstNetworkFile(files: readonly string[]): string | undefined {
  return files.filter(file => /\.(conf|conflist|json)$/.test(file)).sort()[0]
}

/** @throws {LabError} it is no JSON, or has no name: a runtime would refuse it too */
export function parseNetwork(file: string, text: string, host: string): CniNetwork {
  const wrong = (reason: string, cause?: unknown) =>
    new LabError(
      `/etc/cni/net.d/${file} on ${host} is no CNI configuration: ${reason}`,
      'Put it right: pods get their network from the first file there.',
      { cause },
    )
  let conf: unknown
  try {
    conf = JSON.parse(text)
  } catch (cause) {
    throw wrong((cause as Error).message, cause)
  }
  const { name } = (conf ?? {}) as { name?: unknown }
  if (typeof name !== 'string' || !name) throw wrong('it has no name')
  return { file, name }
}

/** IPv4 address, without its length, of a CNI result of any version. @throws {LabError} it has none */
export function resultAddress(json: string): string {
  const result = JSON.parse(json) as { ips?: { address?: string }[]; ip4?: { ip?: string } }
  // Results before 0.3.0 have `ip4` in place of `ips`.
  const addresses = [...(result.ips ?? []).map(({ address }) => address), result.ip4?.ip]
  const address = addresses.find(each => /^\d+\.\d+\.\d+\.\d+\//.test(each ?? ''))
  if (!address) throw new LabError(`The CNI plugins gave no IPv4 address: ${json.trim()}`, 'See the configuration in /etc/cni/net.d.')
  return address.split('/')[0]!
}
