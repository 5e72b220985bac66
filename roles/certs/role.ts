import { check, defineRole, InputError } from 'netplay'
import { certificates } from '../etcd-preconditions.js'
import { bundleTasks, finishTasks, leafTasks } from './files.js'
import { majority, majorityParams } from './majority.js'
import { paramsSchema } from './params.js'
import { certsPreconditions, everyHost, hasCurl } from './preconditions.js'
import { inputsByReader, readerRuns, restartTasks } from './readers.js'
import { memberSet, setsOf, type Context } from './sets.js'

/**
 * A new CA, or new certificates of the one there is, under running daemons: `bundle` on every host, then `leaf` on every host, and in a later run
 * `finish`. Each with `serial: 1`. Source: networking.md 4.5.
 */
export default defineRole({
  name: 'certs',
  description: 'Certificates of etcd and its clients from the controller, and the rotation of their CA, one host after the other.',
  params: paramsSchema,
  parts: ['bundle', 'leaf', 'finish'],
  checkKinds: [certificates, majority, everyHost, hasCurl, readerRuns],
  preconditions: context => (isIdle(context) ? [] : certsPreconditions(context)),
  tasks(context) {
    if (isIdle(context)) return []
    return [...stepOf(context), ...restartTasks(context)]
  },
  checks(context) {
    if (isIdle(context)) return []
    return [
      ...(context.part === 'bundle'
        ? []
        : setsOf(context).map(set => check(`Certificates in ${set.cert}`, certificates, { cluster: clusterOf(set) }))),
      ...[...inputsByReader(context).keys()].map(name => check(`${name} runs`, readerRuns, { name })),
      ...(memberSet(context) === undefined ? [] : [check('etcd has its members', majority, majorityParams(context, 'with'))]),
    ]
  },
})

/** The old CA stays until somebody says that it may go. */
const isIdle = ({ part, params }: Context) => part === 'finish' && !params.finish

function stepOf(context: Context) {
  if (context.part === 'bundle') return bundleTasks(context)
  if (context.part === 'leaf') return leafTasks(context)
  if (context.part === 'finish') return finishTasks(context)
  throw new InputError('role "certs" is used by its parts', {
    next: 'Say certs/bundle, certs/leaf and certs/finish in three plays with serial: 1, as playbooks/certs-rotate.yml does.',
  })
}

const clusterOf = ({ ca, cert, key }: { ca: string; cert: string; key: string }) => ({
  api: 'v3' as const,
  endpoints: [],
  caFile: ca,
  certFile: cert,
  keyFile: key,
})
