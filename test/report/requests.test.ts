import { requestsText } from '../../src/report/requests.js'

test('hosts that were asked the same share a line', () => {
  const check = { facts: 1, probes: 1 }
  expect(requestsText({ n1: check, n2: check, n3: check, n4: { facts: 1 }, n5: {} })).toEqual([
    'n1–n3: 2 requests (facts 1, probes 1)',
    'n4: 1 request (facts 1)',
    'n5: no requests',
  ])
})
