import type { NetplayError } from '../../src/errors.js'
import { ClusterMovedError, movedText, ProgramLostError, StepFailedError } from '../../src/apply/errors.js'

test('what moved is told in the words in which it did, digests shortened', () => {
  const file = (mode: string, digit: string) => `type=file mode=${mode} uid=0 gid=0 digest=${digit.repeat(64)}`
  expect(movedText(file('0644', 'a'), file('0600', 'a'))).toBe('planned from mode=0644, now mode=0600')
  expect(movedText(file('0644', 'a'), file('0644', 'b'))).toBe('planned from digest=aaaaaaaa…, now digest=bbbbbbbb…')
  expect(movedText('type=absent', file('0644', 'a'))).toBe('planned from type=absent, now type=file mode=0644 uid=0 gid=0 digest=aaaaaaaa…')
  expect(movedText('enabled=yes active=yes', '')).toBe('planned from enabled=yes active=yes, now unreadable')
  expect(movedText('word=a', 'word=\u001b[2Jb')).toBe('planned from word=a, now word=\\x1b[2Jb')
})

test('a step that was killed is told by its signal, a lost program with why and with both ways on', () => {
  expect(new StepFailedError('n1', 'unit:x', 137, '', '').message).toBe('x: its step was ended by signal 9')
  const lost = new ProgramLostError('n1', 'during "Run it" (unit:x)', 'so', 'run-7', { cause: new Error('the host closed the connection') })
  expect(lost).toMatchObject({ code: 'UNKNOWN', message: 'lost n1 during "Run it" (unit:x)', words: 'the host closed the connection' })
  expect(lost.next).toBe(
    'Run the same command again: it looks first and does what is left. `netplay rollback run-7` puts back what is done.',
  )
})

test('keys of the cluster that moved are told as one, each by its name and with what moved of it', () => {
  const [pool, mesh, other] = [new ClusterMovedError('a', 'x is 1'), new ClusterMovedError('b'), new Error('other') as NetplayError]
  expect(ClusterMovedError.together([pool])).toBe(pool)
  expect(ClusterMovedError.together([pool, other])).toBe(pool)
  expect(ClusterMovedError.together([pool, mesh])).toMatchObject({
    message: 'each of a and b has moved since it was read',
    words: 'a: x is 1',
  })
  expect(ClusterMovedError.together([pool, mesh, mesh]).message).toBe('each of a, b and b has moved since it was read')
})
