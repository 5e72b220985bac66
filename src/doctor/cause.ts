import type { Fleet, HostView } from './view.js'

/** What a host or etcd said, quoted, and where: `/etc/systemd/system/flannel.service:9`, `iptables -S FORWARD`, `etcd /coreos.com/network/config`. */
export interface Evidence {
  text: string
  where: string
}

/** The cause is there. */
export interface Found {
  /** one sentence, with the names and values of this case */
  cause: string
  evidence: Evidence[]
  /** what to do, as a colleague would say it */
  fix: string
  /** where it is another one's than the cause's */
  role?: Role
}

/** It could not be looked for here: `containers that n3 does not run`, read after "needs". */
export interface Blind {
  needs: string
}

/** `undefined`: looked for, and not there. */
export type Outcome = Found | Blind | undefined

interface Described {
  /** P01 … P40 of docs/doctor.md */
  id: string
  /** for the table of all causes */
  title: string
  /** what is looked at, for the table */
  looksAt: string
  /** what is not seen, for the table */
  unseen?: string
  /** who would mend it, and the title of its task where one does */
  role: Role
  task?: string
}

export type Role = 'flannel' | 'etcd-seed' | 'calico-node' | 'route-reflector' | 'kube-proxy'

/** Judged on each host, or once for all of them. Pure: all that hosts and etcd said is in the view. */
export type Cause = Described &
  ({ of: 'host'; detect(host: HostView, fleet: Fleet): Outcome } | { of: 'cluster'; detect(fleet: Fleet): Outcome })

export const found = (cause: string, evidence: readonly Evidence[], fix: string, role?: Role): Found => ({
  cause,
  evidence: [...evidence],
  fix,
  ...(role === undefined ? {} : { role }),
})
export const blind = (needs: string): Blind => ({ needs })

export const isFound = (outcome: Outcome): outcome is Found => outcome !== undefined && 'cause' in outcome
export const isBlind = (outcome: Outcome): outcome is Blind => outcome !== undefined && 'needs' in outcome
