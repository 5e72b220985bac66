import { execFileSync, spawn } from 'node:child_process'
import { shellOf, type Shell } from './kind-driver.js'

/** A network and mount namespace of its own: empty /run, /etc/sysctl.d and /etc/modules-load.d, no routes, no firewall rules. */
export interface Sandbox {
  shell: Shell
  /** runs a script and gives what it printed. @throws when it fails */
  run(script: string): Promise<string>
  close(): void
}

const canUnshare = (() => {
  try {
    execFileSync('unshare', ['--net', '--mount', 'iptables', '--version'], { stdio: 'ignore' })
    return process.getuid?.() === 0
  } catch {
    return false
  }
})()

/** `describe` where this is root on Linux with iptables; elsewhere the tests are skipped, but under CI they fail. */
export function describeInSandbox(title: string, body: () => void) {
  if (canUnshare) return describe(title, body)
  if (process.env.CI === 'true') return test(`${title}: needs root, unshare and iptables`, () => expect(canUnshare).toBe(true))
  return describe.skip(`${title} (needs root, unshare and iptables)`, body)
}

const setUp = `
for folder in /run /etc/sysctl.d /etc/modules-load.d; do mkdir -p $folder; mount -t tmpfs none $folder; done
ip link set lo up
echo ready
exec sleep 3600`

/** @param sh the shell that scripts run in, e.g. ['busybox', 'sh'] */
export async function openSandbox(...sh: string[]): Promise<Sandbox> {
  const holder = spawn('unshare', ['--net', '--mount', 'sh', '-c', setUp], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve())
    holder.once('exit', code => reject(new Error(`the sandbox ended with ${code}`)))
  })
  const shell = shellOf('nsenter', '-t', String(holder.pid), '-n', '-m', '--', ...(sh.length > 0 ? sh : ['sh']))
  return { shell, run: runner(shell), close: () => void holder.kill('SIGKILL') }
}

export const runner = (shell: Shell) => async (script: string) => {
  const { stdout, stderr, exit } = await shell(`set -eu\n${script}\n`)
  if (exit !== 0) throw new Error(`status ${exit}: ${stderr}`)
  return stdout.toString()
}
