import { InputError } from '../../src/errors.js'
import type { CheckKind } from '../../src/resources/resource.js'
import { check } from '../../src/resources/task.js'
import { cluster, predict, stageOf } from './drafts.js'

const files: CheckKind<object> = { kind: 'files', scope: 'host', verdict: () => ({ holds: false, reason: 'a file is missing' }) }
const key: CheckKind<object> = {
  kind: 'key',
  scope: 'host',
  clusterReads: () => [{ cluster, reads: [{ key: '/k' }] }],
  verdict: () => ({ holds: true }),
}

test('a precondition that asks nothing of etcd is judged although etcd could not be read: certificates before what etcd says to them', () => {
  const refusal = (kinds: CheckKind<object>[]) => {
    const preconditions = kinds.map(kind => check(kind.kind, kind, {}))
    const { predictions } = predict([stageOf({ n1: [] }, 1, { preconditions })], {}, new InputError('etcd does not answer'))
    return predictions.refused.get('n1')?.error.message
  }
  expect(refusal([files, key])).toBe('files: a file is missing')
  expect(refusal([key, files])).toBe('etcd does not answer')
})
