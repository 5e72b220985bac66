import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { batched, joined, quote, sh } from '../src/shell.js'

const isInstalled = (program: string) => {
  try {
    return execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program]).length > 0
  } catch {
    return false
  }
}
const shells = [['sh'], ['dash'], ['bash', '--posix'], ['busybox', 'sh']].filter(([program]) => isInstalled(program!))

const anyWord = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom("'", '"', '\\', '$', '`', '\n', '$(id)', '${HOME}', '*', '~', '!', ' ', '-', '=', '#', '\r', 'é'), {
        maxLength: 20,
      })
      .map(parts => parts.join('')),
  )
  .map(text => text.replaceAll('\0', ''))

describe.each(shells)('quote, read by %s', (...shell) => {
  test('any text is exactly one word', () => {
    fc.assert(
      fc.property(fc.array(anyWord, { minLength: 1, maxLength: 30 }), words => {
        const [program, ...args] = shell
        const output = execFileSync(program!, [...args, '-s'], { input: `printf '%s\\0' ${words.map(quote).join(' ')}` })
        expect(output.equals(Buffer.from(words.map(word => `${word}\0`).join('')))).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})

describe('quote', () => {
  test('plain words stay as they are, numbers too, the empty word is kept', () => {
    expect(['/etc/x', 'a-b', 7, ''].map(quote)).toEqual(['/etc/x', 'a-b', '7', "''"])
  })
  test('half a surrogate pair is refused', () => expect(() => quote('a\ud800')).toThrow('half a surrogate pair'))
  test('a NUL byte is refused', () => expect(() => quote('a\0b')).toThrow('NUL'))
})

describe('sh', () => {
  test('values are quoted, lists become several words, text of the shell goes in as it is', () => {
    expect(sh`cp ${"it's"} ${['a b', 2]} && ${sh`ls ${'$x'}`}`.text).toBe(`cp 'it'\\''s' 'a b' 2 && ls '$x'`)
  })
  test('common indentation of the literal goes, that of values stays', () => {
    const text = sh`
      if true; then
        printf %s ${'a\n      b'}
      fi
    `
    expect(text.text).toBe("if true; then\n  printf %s 'a\n      b'\nfi")
  })
  test('texts are joined line by line, or as said', () => {
    expect(joined([sh`a`, sh`b`]).text).toBe('a\nb')
    expect(joined([sh`a`, sh`b`], ' && ').text).toBe('a && b')
  })
  test('a batched call runs alone too', () => {
    expect(batched('np_paths', ['/a b', '-'])).toMatchObject({
      text: "np_paths - '/a b' -",
      batch: { function: 'np_paths', words: ['/a b', '-'] },
    })
  })
})
