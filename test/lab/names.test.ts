import { LabError } from '../../lab/errors.js'
import { checkLabName, checkLabOptions, hostIdentity, netnsOf, routerNetnsOf } from '../../lab/names.js'

describe('addresses of lab hosts', () => {
  test('in one segment hosts follow each other, and the controller is their gateway', () => {
    expect([1, 2, 40].map(number => hostIdentity(number, 1))).toEqual([
      { name: 'n1', address: '198.18.0.11', segment: 1, gateway: '198.18.0.1' },
      { name: 'n2', address: '198.18.0.12', segment: 1, gateway: '198.18.0.1' },
      { name: 'n40', address: '198.18.0.50', segment: 1, gateway: '198.18.0.1' },
    ])
  })
  test('in two segments even hosts are in the second, and the router is their gateway', () => {
    expect([1, 2].map(number => hostIdentity(number, 2))).toEqual([
      { name: 'n1', address: '198.18.0.11', segment: 1, gateway: '198.18.0.254' },
      { name: 'n2', address: '198.18.1.12', segment: 2, gateway: '198.18.1.254' },
    ])
  })
})

describe('names of labs', () => {
  test.each(['lab', 'e2e-1', 'a'.repeat(20)])('%s is a name', name => expect(checkLabName(name)).toBe(name))
  test.each(['', 'Lab', '1st', 'a.b', '../x', 'a b', 'a'.repeat(21)])('"%s" is refused', name => {
    expect(() => checkLabName(name)).toThrow(LabError)
  })
  test('no lab can have the name of another lab’s router', () => {
    expect(() => checkLabName(routerNetnsOf('demo').slice(netnsOf('').length))).toThrow(LabError)
  })
})

describe('options of a lab', () => {
  test('defaults are one segment without docker or Python', () => {
    expect(checkLabOptions({ hosts: 2 })).toMatchObject({ name: 'lab', names: ['n1', 'n2'], segments: 1, docker: [], python: false })
  })
  test('docker: true means every host', () => expect(checkLabOptions({ hosts: 2, docker: true }).docker).toEqual(['n1', 'n2']))
  test.each([0, 41, 1.5, NaN])('%p hosts are refused', hosts => expect(() => checkLabOptions({ hosts })).toThrow(/1 to 40 hosts/))
  test('docker on a host the lab does not have is refused by name', () => {
    expect(() => checkLabOptions({ hosts: 2, docker: ['n2', 'n3'] })).toThrow('Docker is asked for on n3; the hosts are n1 to n2')
  })
  test('three segments are refused', () => expect(() => checkLabOptions({ hosts: 2, segments: 3 as 2 })).toThrow(/1 or 2 segments/))
})
