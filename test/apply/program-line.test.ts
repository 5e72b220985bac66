import { parseProgramLine, ProgramLines } from '../../src/apply/program-line.js'

const base64 = (text: string) => Buffer.from(text).toString('base64')

test('each line of a program is read as what it says', () => {
  const parse = (line: string) => parseProgramLine(`abc ${line}`, 'abc')
  expect(parse('step s2.n1.5 0')).toEqual({ type: 'step', item: 's2.n1.5', step: 0 })
  expect(parse('done s2.n1.5 1')).toEqual({ type: 'done', item: 's2.n1.5', step: 1 })
  expect(parse(`moved s2.n1.5 ${base64('type=file mode=0600\nx')}`)).toEqual({
    type: 'moved',
    item: 's2.n1.5',
    now: 'type=file mode=0600\nx',
  })
  expect(parse(`failed s2.n1.5 0 137 ${base64('killed ✗\n')}`)).toEqual({
    type: 'failed',
    item: 's2.n1.5',
    step: 0,
    exit: 137,
    words: 'killed ✗\n',
  })
  expect(parse('back 3')).toEqual({ type: 'back', item: '3' })
  expect(parse(`stopped locked ${base64('ann')}`)).toEqual({ type: 'stopped', why: 'locked', words: 'ann' })
  expect(parse('end')).toEqual({ type: 'end' })
})

test('what does not carry the nonce, or is no word of a program, is not for us', () => {
  expect(parseProgramLine('abd end', 'abc')).toBeUndefined()
  expect(parseProgramLine('abcend', 'abc')).toBeUndefined()
  expect(parseProgramLine('abc ended', 'abc')).toBeUndefined()
})

test('lines are told once they are whole, however they are cut up', () => {
  const told: string[] = []
  const lines = new ProgramLines('abc', ({ type }) => told.push(type))
  for (const chunk of ['ab', 'c step a 0\nnoise\nabc do', 'ne a 0\nabc e', 'nd']) lines.push(Buffer.from(chunk))
  expect(told).toEqual(['step', 'done'])
  lines.push(Buffer.from('\n'))
  expect(lines.all.map(({ type }) => type)).toEqual(['step', 'done', 'end'])
})
