import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ended, start } from './command.js'
import { LabError } from './errors.js'
import type { Say } from './model.js'

/** One for the machine, whatever the state folder: names of labs are the machine's too. */
const folder = '/run/lock/netplay-lab'

/**
 * Hold a machine-wide lock while `work` runs. The lock is flock(1)'s, in a child that ends with its standard input:
 * it is let go however this process ends, SIGKILL included.
 */
export async function withLock<T>(name: string, work: () => Promise<T>, say: Say = () => undefined): Promise<T> {
  await mkdir(folder, { recursive: true })
  const argv = ['flock', '--exclusive', join(folder, name), 'sh', '-c', 'echo held; exec cat > /dev/null']
  const holder = start(argv, ['pipe', 'pipe', 'ignore'])
  const end = ended(holder, argv)
  end.catch(() => undefined)
  const waiting = setTimeout(() => say(`waiting for another netplay lab that holds the lock "${name}"`), 1000)
  const held = new Promise<void>(resolve => holder.stdout!.once('data', () => resolve()))
  try {
    const code = await Promise.race([held, end])
    if (typeof code === 'number')
      throw new LabError(`The lock ${join(folder, name)} cannot be taken`, 'See that its folder can be written.')
    clearTimeout(waiting)
    return await work()
  } finally {
    clearTimeout(waiting)
    holder.stdin!.on('error', () => undefined)
    holder.stdin!.end()
    await end.catch(() => undefined)
  }
}
