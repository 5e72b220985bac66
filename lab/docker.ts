import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { LabCommandError } from './errors.js'
import { runInHost } from './inside.js'
import type { SeedFile } from './seed.js'

/**
 * What a docker host has beside the package: runc's name, before runc's own in the PATH of docker and of containerd. What this machine does not
 * let a host have, a container there cannot have either, and would fail by asking for it: CAP_SYS_RESOURCE ("unable to apply caps") and the
 * cgroup controller cpu ("cpu.weight: no such file or directory").
 */
export async function dockerSeed(): Promise<SeedFile[]> {
  const isCapable = hasCapability(await readFile('/proc/self/status', 'utf8'), sysResource)
  return [{ path: 'usr/local/sbin/runc', content: runtime(isCapable ? [] : ['CAP_SYS_RESOURCE']), mode: 0o755 }]
}

/** Wait until dockerd answers. @throws {LabCommandError} it failed, with its journal */
export async function dockerReady(host: string, leader: number, timeoutMs = 90_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const { stdout } = await runInHost(leader, 'systemctl is-active docker.service')
    if (stdout.trim() === 'active') return
    if (stdout.trim() === 'failed' || Date.now() > deadline) {
      const journal = await runInHost(leader, 'journalctl --no-pager -n 15 -u docker -u containerd')
      throw new LabCommandError(`${host}: systemctl start docker`, { ...journal, code: 1 })
    }
    await sleep(200)
  }
}

/** Bit of CAP_SYS_RESOURCE in the capability sets of proc_pid_status(5). */
const sysResource = 24

/** Whether a bit is in the bounding set of a /proc/PID/status. */
export const hasCapability = (status: string, bit: number): boolean => {
  const set = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'
  return ((BigInt(`0x${set}`) >> BigInt(bit)) & 1n) === 1n
}

/** runc is handed a bundle folder at creation and a process file at exec: both list capabilities. */
const runtime = (cannotHave: readonly string[]) => `#!/bin/sh
# runc for hosts of a lab: containers do not ask for what the machine does not let them have.
fewer='(if . then map_values(if type == "array" then . - ${JSON.stringify(cannotHave)} else . end) else . end)'
edit() {
  jq "$2" "$1" > "$1.lab" && cat "$1.lab" > "$1" && rm -f "$1.lab"
}
before=
for word do
  case $before in
    --bundle)
      edit "$word/config.json" ".process.capabilities |= $fewer"
      grep -qsw cpu /sys/fs/cgroup/cgroup.controllers || edit "$word/config.json" 'del(.linux.resources.cpu)' ;;
    --process) edit "$word" ".capabilities |= $fewer" ;;
  esac
  before=$word
done
exec /usr/sbin/runc "$@"
`
