import { describeInSandbox, openSandbox, type Sandbox } from '../support/sandbox.js'
import { networkCases } from './system-cases.js'
import { systemContract } from './system-contract.js'

describeInSandbox('kinds about the network, on this kernel in a namespace of their own', () => {
  describe.each([['dash'], ['bash'], ['busybox', 'sh']])('by %s', (...argv) => {
    let sandbox: Sandbox
    beforeAll(async () => void (sandbox = await openSandbox(...argv)))
    afterAll(() => sandbox.close())
    // Busybox would take its own `ip`, which knows little: with iproute2 installed it is the shell that is tried here.
    const iproute2 = argv[0] === 'busybox' ? 'ip() { /sbin/ip "$@"; }\n' : ''
    systemContract(() => script => sandbox.shell(iproute2 + script), networkCases)
  })
})
