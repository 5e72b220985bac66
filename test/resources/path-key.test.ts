import { canonicalPath, markOf, parentOf, pathKey, pathOf } from '../../src/resources/path-key.js'

describe('the key of a path', () => {
  test.each([
    ['/etc//x/./y/', '/etc/x/y'],
    ['/', '/'],
    ['/var/run/flannel/subnet.env', '/run/flannel/subnet.env'],
    ['/var/run', '/run'],
    ['/var/lock/x', '/run/lock/x'],
    ['/var/runner', '/var/runner'],
    ['/srv/var/run', '/srv/var/run'],
    ['/opt/a b\n/..c', '/opt/a b\n/..c'],
  ])('%j is one thing with %j', (path, canonical) => {
    expect(canonicalPath(path)).toBe(canonical)
    expect(pathOf(pathKey(path))).toBe(canonical)
  })
  test.each([
    ['etc/x', 'is not absolute'],
    ['', 'is not absolute'],
    ['/etc/../x', 'has ".."'],
    ['/etc/x\0', 'has a NUL byte'],
    ['/etc/\ud800', 'has half a surrogate pair'],
  ])('%j is refused', (path, problem) => expect(() => pathKey(path)).toThrow(problem))
  test('the folder above the first level is the root', () => expect(['/a', '/a/b', '/'].map(parentOf)).toEqual(['/', '/a', '/']))
  test('the mark is short enough for any name and differs with the path', () => {
    expect(markOf('/a')).toMatch(/^[0-9a-f]{12}$/)
    expect(markOf('/a')).not.toBe(markOf('/b'))
  })
})
