import { isIpAddress, parseAddress } from '../../src/inventory/address.js'

test.each([
  ['h:22', { host: 'h', port: 22 }],
  ['h', { host: 'h' }],
  ['h:0', { host: 'h' }],
  ['1.2.3.4:22', { host: '1.2.3.4', port: 22 }],
  ['[::1]:22', { host: '::1', port: 22 }],
  ['[name]:22', { host: 'name', port: 22 }],
  ['fe80::1', { host: 'fe80::1' }],
  ['2001:db8:0:0:0:0:0:5', { host: '2001:db8:0:0:0:0:0:5' }],
  ['::ffff:192.0.2.3', { host: '::ffff:192.0.2.3' }],
  ['10.[0:3].0.1:22', { host: '10.[0:3].0.1', port: 22 }],
  ['fe80::[1:f]', { host: 'fe80::[1:f]' }],
  ['web[a:c]-x.example.com', { host: 'web[a:c]-x.example.com' }],
  ['höst_1', { host: 'höst_1' }],
])('%s is an address', (text, address) => {
  expect(parseAddress(text)).toEqual(address)
})

test.each(['', 'h:abc', '-x', 'x-', 'a/b', 'a b', 'web:db', '&web', 'a..b', '[::1]', 'h:'])('%s is none', text => {
  expect(parseAddress(text)).toBeUndefined()
})

test('only an address without ranges is an IP address', () => {
  expect(['1.2.3.4', '::1', '1.2.3.[1:4]', 'h1', '256.1.1.1'].map(isIpAddress)).toEqual([true, true, false, false, false])
})
