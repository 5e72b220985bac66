import { hashHostName, hostNames, judgeHostKey, keyPrint, knownKeyTypes, KnownHosts } from '../../src/transport/known-hosts.js'

// The host key that github.com publishes, with the fingerprint it publishes.
const githubEd25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'

const blob = (type: string, seed: number) => {
  const name = Buffer.from(type)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(name.length)
  return Buffer.concat([length, name, Buffer.alloc(32, seed)])
}
const ed = blob('ssh-ed25519', 1)
const otherEd = blob('ssh-ed25519', 2)
const rsa = blob('ssh-rsa', 3)
const line = (names: string, key: Buffer, marker = '') => `${marker}${names} ${keyPrint(key).type} ${key.toString('base64')} a comment\n`
const hosts = (text: string) => new KnownHosts().addText(text, 'known_hosts')
const verdict = (text: string, address: string, port: number, key: Buffer) =>
  judgeHostKey(hosts(text), hostNames(address, port), key).verdict

describe('known_hosts', () => {
  test.each([
    ['a plain name', 'n1', 'n1', 22, 'known'],
    ['a name in another case', 'N1.Example', 'n1.EXAMPLE', 22, 'known'],
    ['one of several names', 'n0,n1,10.0.0.1', '10.0.0.1', 22, 'known'],
    ['another host', 'n1', 'n2', 22, 'unknown'],
    ['a name with a port', '[n1]:2222', 'n1', 2222, 'known'],
    ['a plain name, on another port', 'n1', 'n1', 2222, 'known'],
    ['a name with a port, on port 22', '[n1]:2222', 'n1', 22, 'unknown'],
    ['an IPv6 address', 'fd00::1', 'fd00::1', 22, 'known'],
    ['an IPv6 address with a port', '[fd00::1]:2222', 'fd00::1', 2222, 'known'],
    ['a wildcard', '*.example', 'n1.example', 22, 'known'],
    ['a question mark', 'n?', 'n1', 22, 'known'],
    ['a question mark is one character', 'n?', 'n12', 22, 'unknown'],
    ['a dot is a dot', '1.1', '1x1', 22, 'unknown'],
    ['a veto', '*.example,!n1.example', 'n1.example', 22, 'unknown'],
    ['a veto of another', '*.example,!n1.example', 'n2.example', 22, 'known'],
    ['a wildcard with a port', '[10.0.0.*]:2222', '10.0.0.7', 2222, 'known'],
  ] as const)('%s', (_title, names, address, port, expected) => {
    expect(verdict(line(names, ed), address, port, ed)).toBe(expected)
  })

  test.each([
    ['a hashed name', 'n1', 'n1', 22],
    ['a hashed name with its port', '[n1]:2222', 'n1', 2222],
  ])('%s', (_title, name, address, port) => {
    expect(verdict(line(hashHostName(name), ed), address, port, ed)).toBe('known')
    expect(verdict(line(hashHostName('x'), ed), address, port, ed)).toBe('unknown')
  })

  test('any of several keys of a host is good', () => {
    const text = line('n1', rsa) + line('n1', otherEd) + line('n1', ed)
    expect(verdict(text, 'n1', 22, ed)).toBe('known')
  })

  test('a host that is known only with other keys has changed, and the places are told', () => {
    const text = `# mine\n\n${line('n1', rsa)}${line(hashHostName('n1'), otherEd)}`
    const found = judgeHostKey(hosts(text), hostNames('n1', 22), ed)
    expect(found).toMatchObject({ verdict: 'changed', known: [{ line: 3 }, { line: 4 }] })
  })

  test('a plain name vouches for a key on another port, and is no reason against one', () => {
    expect(verdict(line('n1', otherEd), 'n1', 2222, ed)).toBe('unknown')
    expect(verdict(line('[n1]:2222', otherEd), 'n1', 2222, ed)).toBe('changed')
  })

  test('a revoked key is refused over everything', () => {
    expect(verdict(line('n1', ed) + line('*', ed, '@revoked '), 'n1', 22, ed)).toBe('revoked')
    expect(verdict(line('n1', ed) + line('*', otherEd, '@revoked '), 'n1', 22, ed)).toBe('known')
  })

  test('an authority’s line does not make a host known, and is told', () => {
    expect(judgeHostKey(hosts(line('*.example', ed, '@cert-authority ')), hostNames('n1.example', 22), ed)).toEqual({
      verdict: 'unknown',
      byAuthority: true,
    })
  })

  test('a name that stands twice on a line is one entry', () => {
    expect(hosts(line('N1.example,n1.example', ed)).find('n1.example')).toHaveLength(1)
  })

  test('a HostKeyAlias stands without port, and for the address', () => {
    const names = hostNames('10.0.0.1', 2222, 'web')
    expect(judgeHostKey(hosts(line('web', ed)), names, ed).verdict).toBe('known')
    expect(judgeHostKey(hosts(line('[10.0.0.1]:2222,10.0.0.1', ed)), names, ed).verdict).toBe('unknown')
  })

  test('a name that is hashed here is found again, and each time is another text', () => {
    const [once, again] = [hashHostName('[n1]:2222'), hashHostName('[n1]:2222')]
    expect(once).not.toBe(again)
    expect(verdict(line(once, ed), 'n1', 2222, ed)).toBe('known')
  })

  test('lines that are none are skipped', () => {
    const text = [
      'n1',
      'n1 ssh-ed25519',
      'n1 ssh-ed25519 !!!!',
      `n1 ssh-rsa ${ed.toString('base64')}`,
      `@other n1 ssh-ed25519 ${ed.toString('base64')}`,
    ].join('\n')
    expect(verdict(text, 'n1', 22, ed)).toBe('unknown')
  })

  test('the types that a host is known by', () => {
    expect(knownKeyTypes(hosts(line('n1', rsa) + line('n1', ed) + line('n1', otherEd)), hostNames('n1', 22))).toEqual([
      'ssh-rsa',
      'ssh-ed25519',
    ])
    expect(knownKeyTypes(hosts(line('n1', rsa, '@revoked ')), hostNames('n1', 22))).toEqual([])
  })

  test('fingerprints are those of ssh-keygen', () => {
    expect(keyPrint(Buffer.from(githubEd25519, 'base64'))).toEqual({
      type: 'ssh-ed25519',
      fingerprint: 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
    })
  })
})
