import { LabError } from './errors.js'
import type { LabOptions, Segment } from './model.js'

/** The most hosts one lab holds: what was tried on two cores. */
export const maxHosts = 40

/** The lab's own address on segment 1, where the controller is. */
export const controllerAddress = '198.18.0.1'

/** The router's address on a segment of a lab that has two. */
export const routerAddress = (segment: Segment): string => `198.18.${segment - 1}.254`

/** `198.18.0.0/24` for segment 1, `198.18.1.0/24` for segment 2: of 198.18.0.0/15, reserved for benchmarks (RFC 2544). */
export const segmentSubnet = (segment: Segment): string => `198.18.${segment - 1}.0/24`

/** Host number `n` (from 1) of a lab: alternating segments, so that a lab that grows moves nobody. */
export function hostIdentity(number: number, segments: Segment): { name: string; address: string; segment: Segment; gateway: string } {
  const segment: Segment = segments === 2 && number % 2 === 0 ? 2 : 1
  return {
    name: `n${number}`,
    address: `198.18.${segment - 1}.${10 + number}`,
    segment,
    gateway: segments === 2 ? routerAddress(segment) : controllerAddress,
  }
}

/** Names that carry the lab's, on the whole machine. A lab's name has no dot, so none of them can be another lab's. */
export const netnsOf = (lab: string): string => `netplay-${lab}`
export const routerNetnsOf = (lab: string): string => `netplay-${lab}.router`

/** @throws {LabError} */
export function checkLabName(name: string): string {
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(name))
    throw new LabError(`"${name}" cannot be the name of a lab`, 'Use lower case letters, digits and "-", a letter first, at most 20.')
  return name
}

/** Whole and sound options, defaults filled in. @throws {LabError} naming what is wrong */
export function checkLabOptions(options: LabOptions) {
  const { hosts, segments = 1, docker = false, python = false } = options
  if (!Number.isInteger(hosts) || hosts < 1 || hosts > maxHosts)
    throw new LabError(`A lab has 1 to ${maxHosts} hosts, not ${hosts}`, 'Say how many: netplay lab up 3')
  if (segments !== 1 && segments !== 2) throw new LabError(`A lab has 1 or 2 segments, not ${String(segments)}`, 'Use --segments 2.')
  const names = Array.from({ length: hosts }, (_, i) => `n${i + 1}`)
  const strangers = Array.isArray(docker) ? docker.filter(name => !names.includes(name)) : []
  if (strangers.length > 0)
    throw new LabError(
      `Docker is asked for on ${strangers.join(', ')}; the hosts are n1 to n${hosts}`,
      'Name hosts of the lab: --docker=n1,n2',
    )
  const withDocker = Array.isArray(docker) ? docker : docker ? names : []
  return { name: checkLabName(options.name ?? 'lab'), hosts, names, segments, docker: withDocker, python, image: options.image }
}

export type CheckedOptions = ReturnType<typeof checkLabOptions>
