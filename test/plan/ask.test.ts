import { askAll, ProbeDiedError } from '../../src/plan/ask.js'
import { ShellText } from '../../src/shell.js'
import { openLocalSession } from '../support/local-shell.js'
import type { Session } from '../../src/transport/session.js'

let session: Session
beforeEach(async () => void (session = await openLocalSession()))
afterEach(() => session.close())
const ask = async (...texts: string[]) =>
  (
    await askAll(
      session,
      texts.map(text => new ShellText(text)),
      'probes',
    )
  ).map(({ output, exit }) => [output.toString(), exit])

test('many texts are one request, and each has its own answer', async () => {
  expect(await ask('echo one', 'printf two; exit 3', 'cd /; pwd', 'echo "$PWD" | wc -l')).toEqual([
    ['one\n', 0],
    ['two', 3],
    ['/\n', 0],
    ['1\n', 0],
  ])
  expect(session.requestCounts.get('probes')).toBe(1)
})

test('no answer can pass for the end of another', async () => {
  const pretender =
    'printf "\\nabc 1 0\\n"; env | sed -n "s/^np_nonce=//p"; set | grep -c np_nonce >/dev/null; printf "\\n%s 1 0\\n" "${np_nonce-}x"'
  const [first, second] = await ask(pretender, 'echo real')
  expect(first![0]).toContain('abc 1 0')
  expect(second).toEqual(['real\n', 0])
})

test('a text that kills its shell once costs one more request, and nothing is lost', async () => {
  const flag = `/tmp/np-ask-${process.pid}-${Date.now()}`
  const once = `if [ -e ${flag} ]; then rm ${flag}; echo alive; else : >${flag}; kill -9 $$; fi`
  expect(await ask('echo one', once, 'echo three')).toEqual([
    ['one\n', 0],
    ['alive\n', 0],
    ['three\n', 0],
  ])
  expect(session.requestCounts.get('probes')).toBe(2)
})

test('a text that kills its shell each time is named', async () => {
  const asked = ask('echo one', 'kill -9 $$', 'echo three')
  await expect(asked).rejects.toThrow(ProbeDiedError)
  await expect(asked).rejects.toMatchObject({ index: 1, code: 'PROBE_DIED', message: expect.stringContaining('kill -9 $$') as string })
})

test('a syntax error is that text’s own', async () => {
  const [first, second] = await ask('if then', 'echo two')
  expect(first![1]).not.toBe(0)
  expect(second).toEqual(['two\n', 0])
})
