import { countOf, hostList } from '../../src/report/hosts.js'

test.each([
  [['n1'], 'n1'],
  [['n1', 'n2', 'n3'], 'n1 n2 n3'],
  [['n1', 'n2', 'n3', 'n4'], 'n1–n4'],
  [['n1', 'n2', 'n3', 'n4', 'n7', 'web', 'web2'], 'n1–n4 n7 web web2'],
  [['n9', 'n10', 'n11', 'n12'], 'n9–n12'],
  [['n01', 'n02', 'n03', 'n04'], 'n01–n04'],
  [['a', 'c', 'e', 'g', 'i', 'k', 'm', 'o', 'q'], 'a c e g i k m o … (9 hosts)'],
  [['a\u001b[31m'], 'a\\x1b[31m'],
])('%j is told as %s', (hosts, text) => {
  expect(hostList(hosts)).toBe(text)
})

test('one host, two hosts', () => {
  expect([countOf(1, 'host'), countOf(2, 'host'), countOf(0, 'item')]).toEqual(['1 host', '2 hosts', '0 items'])
})
