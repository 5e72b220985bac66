import { labLinks, routerLinks } from '../../lab/network.js'

test('a lab of one segment is a bridge with the controller’s address', () => {
  expect(labLinks(1, 'router')).toEqual([
    'link set lo up',
    'link add br1 type bridge',
    'link set br1 up',
    'address add 198.18.0.1/24 dev br1',
  ])
})

test('with two segments the controller reaches the second through the router alone', () => {
  const lines = labLinks(2, 'router')
  expect(lines.filter(line => line.startsWith('address'))).toEqual(['address add 198.18.0.1/24 dev br1'])
  expect(lines).toContain('route add 198.18.1.0/24 via 198.18.0.254')
  expect(routerLinks()).toEqual([
    'link set lo up',
    'address add 198.18.0.254/24 dev seg1',
    'link set seg1 up',
    'address add 198.18.1.254/24 dev seg2',
    'link set seg2 up',
  ])
})
