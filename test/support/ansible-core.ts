import { join } from 'node:path'
import { ansibleCache, ansibleIn } from '../ansible/ansible-core.js'

/** Path of a python with ansible-core: what is asked of ansible is asked through it. */
export const pythonWithAnsible = async (): Promise<string> =>
  join(await ansibleIn(ansibleCache(), line => void process.stderr.write(`${line}\n`)), 'python')
