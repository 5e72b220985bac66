import { parseAddress } from './address.js'
import { expandRanges } from './ranges.js'

/** The hosts a name in a source stands for, and the port written behind it. @throws BadRange */
export function expandHostPattern(pattern: string): { names: string[]; port?: number } {
  const address = parseAddress(pattern) ?? { host: pattern, port: undefined }
  return { names: expandRanges(address.host), port: address.port }
}
