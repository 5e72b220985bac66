import { sshArgs } from '../../src/cli/ssh-args.js'
import { InputError } from '../../src/errors.js'

test('options of OpenSSH that mean something here are kept, in any of its ways of writing them', () => {
  expect(sshArgs('n1', ["-o 'UserKnownHostsFile=/a/known /b/known'"])).toEqual({ knownHostsFiles: ['/a/known', '/b/known'] })
  expect(sshArgs('n1', [undefined, '-oStrictHostKeyChecking=accept-new'])).toEqual({ acceptNew: true })
  expect(sshArgs('n1', ['-o StrictHostKeyChecking=yes'])).toEqual({ acceptNew: false })
})

test('how soon a silent host counts as lost is taken from ServerAlive…; what is not said is as without it', () => {
  expect(sshArgs('n1', ['-o ServerAliveInterval=5'])).toEqual({ keepalive: { intervalMs: 5000, count: 3 } })
  expect(sshArgs('n1', ['-o ServerAliveCountMax=2'])).toEqual({ keepalive: { intervalMs: 15_000, count: 2 } })
  expect(sshArgs('n1', ['-o serveraliveinterval=1 -o ServerAliveCountMax=9'])).toEqual({ keepalive: { intervalMs: 1000, count: 9 } })
})

test('what only OpenSSH has a use for is passed over; anything else is told, not ignored', () => {
  expect(sshArgs('n1', ['-C -o ControlMaster=auto -o ControlPersist=60s -o ConnectTimeout=5'])).toEqual({})
  expect(() => sshArgs('n1', ['-o ProxyJump=bastion'])).toThrow(InputError)
  expect(() => sshArgs('n1', ['-o ServerAliveInterval=soon'])).toThrow('ServerAliveInterval=soon')
})

test('a wish for unchecked host keys is told and not obeyed', () => {
  const warnings: string[] = []
  expect(sshArgs('n1', ['-o StrictHostKeyChecking=no -oStrictHostKeyChecking=off'], warning => warnings.push(warning))).toEqual({})
  expect(warnings).toEqual(
    ['no', 'off'].map(value => expect.stringContaining(`StrictHostKeyChecking=${value} in ansible_ssh_args is not obeyed`) as unknown),
  )
})
