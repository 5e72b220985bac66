import { check, type Check, type CheckKind } from 'netplay'
import { majority, majorityParams } from './majority.js'
import { memberSet, type Context } from './sets.js'

/** Before anything is written anywhere: every host takes part, and etcd can spare each of its members in turn. */
export const certsPreconditions = (context: Context): Check[] => [
  check('every host takes part', everyHost, { hosts: context.peers.map(({ name }) => name) }),
  ...(memberSet(context) === undefined
    ? []
    : [
        check('curl asks etcd for its health', hasCurl, { there: context.host.facts?.tools.curl === true }),
        check('etcd can spare this member', majority, majorityParams(context, 'without')),
      ]),
]

/** A host that is left out would refuse the others' new certificates, or be refused itself. */
export const everyHost: CheckKind<{ hosts: readonly string[] }> = {
  kind: 'every-host',
  scope: 'host',
  verdict: ({ hosts }, seen) => {
    const missing = hosts.filter(host => !seen.hosts.includes(host))
    if (missing.length === 0) return { holds: true, detail: `${hosts.length} hosts` }
    return {
      holds: false,
      reason: `${missing.join(', ')} would be left out, and a CA is changed on all hosts or on none`,
      next: 'Run it without --limit, with every host up.',
    }
  },
}

export const hasCurl: CheckKind<{ there: boolean }> = {
  kind: 'has-curl',
  scope: 'host',
  verdict: ({ there }) =>
    there
      ? { holds: true }
      : { holds: false, reason: 'this member of etcd has no curl', next: 'Install curl there, so that no member is restarted unseen.' },
}
