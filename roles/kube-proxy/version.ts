import { sh, type CheckKind } from 'netplay'
import { bad, good } from '../flannel/verdict.js'
import type { ProxyMode } from './config.js'
import { proxyPath } from './unit.js'

export interface VersionParams {
  mode: ProxyMode
  profile: 'current' | 'classic'
}

/** The program can do what it will be asked for. Source: networking.md 2.7, 2.9. */
export const versionFits: CheckKind<VersionParams> = {
  kind: 'version-fits',
  scope: 'host',
  probe: () => sh`
    timeout 10 ${proxyPath} --version 2>&1 | head -n 3
    if command -v conntrack >/dev/null; then echo 'tool conntrack'; fi`,
  verdict: ({ mode, profile }, _seen, { output }) => {
    const [, major, minor] = /Kubernetes v(\d+)\.(\d+)\./.exec(output) ?? []
    if (major === undefined || minor === undefined) return bad(`${proxyPath} tells no version: ${output.trim().slice(0, 200)}`)
    const problem = versionProblem(Number(major) > 1 ? Infinity : Number(minor), mode, profile, output.includes('tool conntrack'))
    return problem === undefined ? good : bad(`${proxyPath} is v${major}.${minor}, ${problem}`)
  },
}

function versionProblem(minor: number, mode: ProxyMode, profile: VersionParams['profile'], hasConntrack: boolean): string | undefined {
  if (profile === 'current' && minor < 10) return 'which has no configuration file of this form: that is profile classic'
  if (mode === 'nftables' && minor < 31) return 'and mode nftables needs 1.31 or newer (before it was behind a gate)'
  if (mode === 'ipvs' && minor >= 43) return 'which has no mode ipvs any more'
  if (minor < 32 && !hasConntrack) return 'which needs the program conntrack (newer than 1.31 do not), and this host has none'
  return undefined
}
