import fc from 'fast-check'
import { seal, unseal } from '../../src/vault/cipher.js'
import { EnvelopeProblem, formatEnvelope, parseEnvelope } from '../../src/vault/envelope.js'

const vector = `$ANSIBLE_VAULT;1.1;AES256
33303331333233333334333533363337333833393631363236333634363536363330333133323333
3334333533363337333833393631363236333634363536360a643233323865393532646630393035
34623137656163616235666262356661666437356262366237633562333931613033336537326664
6239656630626663330a616131343964386336303066313632333939383735646464373236623136
64303031613766623339333530343930313433303332376363363132313966666166
`
const pw = Buffer.from('pw')

test('the vector of the specification is made and read, byte for byte', () => {
  const salt = Buffer.from('0123456789abcdef0123456789abcdef')
  expect(formatEnvelope(seal(Buffer.from('secret: hunter2\n'), pw, undefined, salt))).toBe(vector)
  expect(unseal(parseEnvelope(vector), pw)?.toString()).toBe('secret: hunter2\n')
})

test.each([
  ['of Windows line ends', vector.replaceAll('\n', '\r\n')],
  ['without a final newline', vector.trimEnd()],
  ['in upper case', vector.replace(/\n[^]*/, rest => rest.toUpperCase())],
  ['with blanks behind its first line', vector.replace('AES256', 'AES256  ')],
  ['of version 1.2 without a label', vector.replace('1.1', '1.2')],
])('a vault %s is read', (_, text) => {
  expect(unseal(parseEnvelope(text), pw)?.toString()).toBe('secret: hunter2\n')
})

test('any bytes come back with their password and label, and with no other password', () => {
  const bytes = fc.uint8Array({ maxLength: 200 })
  fc.assert(
    fc.property(bytes, fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.stringMatching(/^[\w.-]{1,12}$/), (plain, password, label) => {
      const read = parseEnvelope(formatEnvelope(seal(plain, password, label)))
      expect(read.label).toBe(label === 'default' ? undefined : label)
      expect(unseal(read, password)?.equals(plain)).toBe(true)
      expect(unseal(read, Buffer.concat([password, Buffer.from('x')]))).toBeUndefined()
    }),
    { numRuns: 30 },
  )
})

test('a changed bit anywhere is noticed', () => {
  const envelope = seal(Buffer.from('secret: hunter2\n'), pw)
  for (const part of ['salt', 'hmac', 'ciphertext'] as const) {
    const changed = Buffer.from(envelope[part])
    changed[changed.length - 1]! ^= 1
    expect(unseal({ ...envelope, [part]: changed }, pw)).toBeUndefined()
  }
})

test.each<[string, string, string, number, number]>([
  ['an unknown version', vector.replace('1.1', '2.0'), 'vault version "2.0" is not known', 1, 16],
  ['an unknown cipher', vector.replace('AES256', 'AES'), 'vault cipher "AES" is not known', 1, 20],
  ['a first line that is cut off', '$ANSIBLE_VAULT;1.1\n3330\n', 'the first line is not that of a vault', 1, 1],
  ['a letter that is no digit', vector.replace('34333533', '343x3533'), 'not a hexadecimal digit', 2, 22],
  ['a blank at the end of a line', vector.replace('330a61', '330a61 '), 'not a hexadecimal digit', 5, 23],
  ['an odd number of digits', vector.trimEnd().slice(0, -1), 'the number of hexadecimal digits is odd', 6, 1],
  ['a text that ends in its HMAC', vector.split('\n').slice(0, 4).join('\n'), 'it is cut off', 4, 1],
  ['a ciphertext that lacks a byte', vector.trimEnd().slice(0, -4), 'not a whole number of 16 bytes', 6, 1],
  ['a header alone', '$ANSIBLE_VAULT;1.1;AES256\n', 'it is cut off', 1, 1],
  ['a salt that is no hex', vector.replace('33303331', '7a303331'), 'its salt is not written in pairs', 2, 1],
])('%s is told with its place', (_, text, problem, line, column) => {
  let caught: unknown
  try {
    parseEnvelope(text)
  } catch (error) {
    caught = error
  }
  expect(caught).toBeInstanceOf(EnvelopeProblem)
  expect(caught).toMatchObject({ line, column })
  expect((caught as EnvelopeProblem).problem).toContain(problem)
})
