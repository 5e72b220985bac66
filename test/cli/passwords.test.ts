import { jest } from '@jest/globals'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newKey } from '../support/sshd.js'
import { removeScratch, scratch } from '../inventory/scratch.js'

const answers: string[] = []
const prompts: string[] = []
jest.unstable_mockModule('read', () => ({
  read: async ({ prompt, silent }: { prompt: string; silent: boolean }) => {
    prompts.push(`${prompt}${silent ? '' : ' (shown)'}`)
    return answers.shift() ?? ''
  },
}))
const { askPasswords, passphraseAsker } = await import('../../src/cli/passwords.js')

const isTTY = process.stdin.isTTY
beforeEach(() => void [answers, prompts].map(list => list.splice(0)))
afterEach(() => void (process.stdin.isTTY = isTTY))
afterAll(removeScratch)

const asked = async (given: Partial<Parameters<typeof askPasswords>[0]>) => {
  const { login, become, passphrase } = await askPasswords({ askPass: false, askBecomePass: false, ...given })
  return [login, become, passphrase].map(secret => secret?.reveal())
}

test('nothing is asked unless it is asked for', async () => {
  expect(await asked({})).toEqual([undefined, undefined, undefined])
  expect(prompts).toEqual([])
})

test('-k and -K ask, hidden; an empty answer to the second is the first again', async () => {
  answers.push('one', 'two')
  expect(await asked({ askPass: true, askBecomePass: true })).toEqual(['one', 'two', undefined])
  answers.push('one', '')
  expect(await asked({ askPass: true, askBecomePass: true })).toEqual(['one', 'one', undefined])
  expect(prompts.slice(0, 2)).toEqual(['SSH password: ', 'BECOME password: '])
})

test('files are read without their line ends, and spare the question', async () => {
  const folder = scratch({ a: 'one\n', b: 'two\n', c: 'three\n' })
  const [connectionPasswordFile, becomePasswordFile, keyPassphraseFile] = ['a', 'b', 'c'].map(name => join(folder, name))
  expect(await asked({ askPass: true, askBecomePass: true, connectionPasswordFile, becomePasswordFile, keyPassphraseFile })).toEqual([
    'one',
    'two',
    'three',
  ])
  expect(prompts).toEqual([])
})

test.each(['connectionPasswordFile', 'becomePasswordFile', 'keyPassphraseFile'] as const)(
  '%s that is not there is wrong input',
  async name => {
    await expect(asked({ [name]: '/nowhere/password' })).rejects.toThrow(/cannot read the password file \/nowhere\/password/)
  },
)

describe('a passphrase', () => {
  const locked = async () => {
    const file = join(scratch({}), 'key')
    await writeFile(file, newKey('ed25519', 'open sesame').private)
    return file
  }
  const say: string[] = []
  beforeEach(() => void say.splice(0))
  const asker = () => passphraseAsker(message => void say.push(message))

  test('is asked once a file, however many hosts want it, and told before', async () => {
    process.stdin.isTTY = true
    const file = await locked()
    answers.push('open sesame')
    const passphraseOf = asker()
    const found = await Promise.all([passphraseOf(file), passphraseOf(file), passphraseOf(file)])
    expect(found.map(secret => secret?.reveal())).toEqual(Array(3).fill('open sesame'))
    expect(prompts).toEqual([`Passphrase of ${file}: `])
    expect(say).toEqual([`the private key ${file} is encrypted, and nothing else logs in`])
  })

  test('that is wrong is asked for again, three times in all', async () => {
    process.stdin.isTTY = true
    const file = await locked()
    answers.push('a', 'open sesame')
    expect((await asker()(file))?.reveal()).toBe('open sesame')
    answers.push('a', 'b', 'c', 'open sesame')
    expect(await asker()(file)).toBeUndefined()
  })

  test('is not asked where nobody can answer', async () => {
    process.stdin.isTTY = false
    expect(await asker()(await locked())).toBeUndefined()
    expect(prompts).toEqual([])
  })
})
