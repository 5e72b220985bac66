import { sh, type CheckKind } from 'netplay'
import { bad, good } from './verdict.js'

/** The first flanneld that speaks etcd's v3 API, and no v2 any more. Source: flannel's releases, May 2022. */
const firstMinorOfCurrent = 18

/** Asked before flanneld starts: of the other profile it would look for its key in the other store of etcd, and wait for ever. */
export const profileFits: CheckKind<{ path: string; profile: 'classic' | 'current' }> = {
  kind: 'profile-fits',
  scope: 'host',
  probe: ({ path }) => sh`timeout 5 ${path} -version 2>&1 | head -n 1`,
  verdict: ({ path, profile }, _seen, { output }) => {
    const [, major, minor] = /v?(\d+)\.(\d+)\.\d+/.exec(output) ?? []
    // Built by somebody who did not stamp it: nothing is known against it.
    if (major === undefined || minor === undefined) return good
    const speaks = Number(major) > 0 || Number(minor) >= firstMinorOfCurrent ? 'current' : 'classic'
    if (speaks === profile) return good
    return bad(
      `${path} is ${output.trim()}, which speaks etcd's ${speaks === 'current' ? 'v3' : 'v2'} API: that is profile ${speaks}, not ${profile}`,
      undefined,
      `Set flannel_profile to ${speaks}, or bring a flanneld of profile ${profile} (flannel_flanneld).`,
    )
  },
}
