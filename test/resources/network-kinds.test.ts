import { describeInSandbox, openSandbox, type Sandbox } from '../support/sandbox.js'
import { networkCases } from './system-cases.js'
import { systemContract } from './system-contract.js'

describeInSandbox('kinds about the network, on this kernel in a namespace of their own', () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await openSandbox()
  })
  afterAll(() => sandbox.close())
  systemContract(() => sandbox.shell, networkCases)
})
