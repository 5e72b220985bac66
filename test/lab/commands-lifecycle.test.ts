import { formatStatus, upOptions } from '../../lab/commands-lifecycle.js'

test('the words of up become options', () => {
  expect(upOptions('4', { name: 'two', segments: '2', docker: 'n1,n2', python: true })).toEqual({
    name: 'two',
    hosts: 4,
    segments: 2,
    docker: ['n1', 'n2'],
    python: true,
    image: undefined,
  })
  expect(upOptions('3', { name: 'lab', segments: '1', docker: true }).docker).toBe(true)
})

test.each(['x', '-1', '3.5', ''])('"%s" hosts are refused', words => {
  expect(() => upOptions(words, { name: 'lab', segments: '1' })).toThrow(`"${words}" is no number of hosts`)
})

test('status tells a host that is down', () => {
  const host = { name: 'n1', address: '198.18.0.11', upper: '', root: '', pid: 7, segment: 1 as const, docker: true, python: false }
  const hosts = [host, { ...host, name: 'n2', address: '198.18.0.12', pid: 0, docker: false }]
  expect(formatStatus({ name: 'lab', folder: '/x', netns: 'netplay-lab', hosts, keyFile: '', knownHostsFile: '' })).toBe(
    `lab lab, network namespace netplay-lab
n1   198.18.0.11   segment 1  up, pid 7  docker
n2   198.18.0.12   segment 1  down
`,
  )
})
