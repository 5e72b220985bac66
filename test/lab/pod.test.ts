import { firstNetworkFile, parseNetwork, resultAddress } from '../../lab/cni-conf.js'

describe('the network of a pod', () => {
  test('it is the first file by name that is a configuration', () => {
    expect(firstNetworkFile(['99-loopback.conf', '10-flannel.conflist', '05-notes.txt', '20-x.json'])).toBe('10-flannel.conflist')
    expect(firstNetworkFile(['README'])).toBeUndefined()
  })

  test('it goes by its name', () => {
    expect(parseNetwork('10-flannel.conflist', '{"name":"cbr0","plugins":[]}', 'n1')).toEqual({ file: '10-flannel.conflist', name: 'cbr0' })
  })

  test.each([
    ['{"name":"cbr0","type":"flannel","delegate":{"isDefaultGateway":true}', /is no CNI configuration: .*JSON/],
    ['{"type":"flannel"}', 'it has no name'],
    ['null', 'it has no name'],
  ])('%s is refused', (text, reason) => {
    expect(() => parseNetwork('10-x.conf', text, 'n1')).toThrow(reason)
  })
})

describe('the address in a CNI result', () => {
  test('results from 0.3.0 on have it in ips, IPv4 wherever it stands', () => {
    expect(
      resultAddress('{"cniVersion":"0.3.1","ips":[{"address":"fc00::2/64"},{"version":"4","interface":2,"address":"10.244.27.2/24"}]}'),
    ).toBe('10.244.27.2')
  })

  test('older ones have it in ip4', () => {
    expect(resultAddress('{"cniVersion":"0.2.0","ip4":{"ip":"10.244.27.3/24"}}')).toBe('10.244.27.3')
  })

  test('none is an error with the result in it', () => {
    expect(() => resultAddress('{"cniVersion":"1.0.0","ips":[]}')).toThrow('no IPv4 address: {"cniVersion":"1.0.0","ips":[]}')
  })
})
