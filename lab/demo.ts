import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { NetplayError, printable } from '../src/errors.js'
import { demoFolder, type Demo } from './demo-actions.js'
import { DemoStopped, demoSteps } from './demo-steps.js'
import { LabError } from './errors.js'
import { giveAllParts, giveFlanneld } from './given-parts.js'
import { labDown } from './lab.js'
import { checkLabName } from './names.js'
import { checkRoot } from './needs.js'

/**
 * `npm run demo [-- --name LAB] [--flanneld PATH] [--from FOLDER]`: from a machine with nothing but Node to pods that reach each other, on three hosts of this machine. However it ends, hosts,
 * namespaces and the demo's own folder are gone afterwards; images and parts stay for the next time.
 */
async function main(argv: string[]): Promise<number> {
  const options = optionsOf(argv)
  checkLabName(options.name)
  checkRoot()
  if (options.flanneld !== undefined) await giveFlanneld(options.flanneld)
  if (options.from !== undefined) await giveAllParts(options.from)
  const demo: Demo = { name: options.name, stopped: false, child: undefined }
  const stopped = onStop(demo)
  const running = demoSteps(demo)
  try {
    await Promise.race([running, stopped])
    return 0
  } catch (error) {
    tell(error)
    return error instanceof DemoStopped ? 130 : 1
  } finally {
    await cleanUp(demo, running)
  }
}

/** `--flanneld` and `--from`: programs that are there already, as `netplay lab parts` takes them. @throws {LabError} an option that there is not */
function optionsOf(argv: string[]) {
  try {
    const options = { name: { type: 'string', default: 'demo' }, flanneld: { type: 'string' }, from: { type: 'string' } } as const
    return parseArgs({ args: argv, options }).values
  } catch (error) {
    throw new LabError((error as Error).message, 'npm run demo [-- --name LAB] [--flanneld PATH] [--from FOLDER]')
  }
}

/** Rejects on the first Ctrl-C or SIGTERM; later ones change nothing: it is cleaning up already. */
const onStop = (demo: Demo): Promise<never> =>
  new Promise((_, reject) => {
    const stop = () => {
      if (!demo.stopped) reject(new DemoStopped())
      demo.stopped = true
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })

/** Ctrl-C reaches every program of this terminal; SIGTERM only us. What is under way is given its time to end, so that it makes nothing behind our back. */
async function cleanUp(demo: Demo, running: Promise<void>): Promise<void> {
  const ended = running.catch(() => undefined)
  demo.child?.kill('SIGKILL')
  await Promise.race([ended, delay(30_000, undefined, { ref: false })])
  process.stdout.write('\n== Cleaning up: hosts, namespaces and files of the demo\n')
  await labDown(demo.name)
  await rm(demoFolder(demo), { recursive: true, force: true })
}

function tell(error: unknown): void {
  if (error instanceof DemoStopped) return void process.stderr.write('\nStopped.\n')
  if (!(error instanceof NetplayError)) throw error
  process.stderr.write(`\n${printable(error.message)}\n  Next: ${printable(error.next)}\n`)
}

// Whatever a stopped demo still waits for is not waited for.
process.exit(
  await main(process.argv.slice(2)).catch((error: unknown) => {
    tell(error)
    return 1
  }),
)
