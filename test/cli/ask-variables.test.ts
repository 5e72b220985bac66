import { InputError } from '../../src/errors.js'
import { variableAsker } from '../../src/cli/ask-variables.js'
import type { Question } from '../../src/playbook/vars-prompt.js'

const question: Question = {
  name: 'pin',
  prompt: 'PIN',
  isPrivate: true,
  confirms: false,
  isUnsafe: false,
  origin: { file: 'site.yml', line: 3, column: 7 },
}

function terminal(...answers: string[]) {
  const seen: string[] = []
  const ask = variableAsker({
    isThere: answers.length > 0,
    read: async (prompt, isHidden) => {
      seen.push(`${prompt}${isHidden ? '' : '(shown)'}`)
      return answers.shift()!
    },
    say: message => void seen.push(message),
  })
  return { ask, seen }
}

test('a question is worded as in Ansible, with its default; what is private is not echoed', async () => {
  const { ask, seen } = terminal('1', '2')
  expect(await ask(question)).toBe('1')
  expect(await ask({ ...question, name: 'zone', prompt: 'Zone\u001b[2J', default: 'b', isPrivate: false })).toBe('2')
  expect(seen[0]).toBe('PIN: ')
  expect(seen[1]).toMatch(/^Zone.* \[b\]: \(shown\)$/)
  expect(seen[1]).not.toContain('\u001b')
})

test('the same question of several plays is asked once', async () => {
  const { ask, seen } = terminal('1', '2')
  expect([await ask(question), await ask(question), await ask({ ...question, prompt: 'Other PIN' })]).toEqual(['1', '1', '2'])
  expect(seen).toEqual(['PIN: ', 'Other PIN: '])
})

test('what is to be confirmed is asked until both are the same', async () => {
  const { ask, seen } = terminal('1', '2', '3', '3')
  expect(await ask({ ...question, confirms: true })).toBe('3')
  expect(seen).toEqual(['PIN: ', 'confirm PIN: ', 'the two differ; once more\n', 'PIN: ', 'confirm PIN: '])
})

test('without a terminal the default counts, and where there is none the run ends', async () => {
  const { ask, seen } = terminal()
  expect(await ask({ ...question, default: 'x' })).toBe('')
  expect(seen).toEqual(['WARNING site.yml:3:7: there is no terminal to ask on; pin has its default\n'])
  await expect(ask(question)).rejects.toThrow(InputError)
  await expect(ask(question)).rejects.toThrow('site.yml:3:7: pin is to be asked for, and there is no terminal to ask on')
})
