import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { LabCommandError } from './errors.js'
import { runInHost } from './inside.js'
import type { SeedFile } from './seed.js'

/**
 * What a docker host has beside the package. Where this machine lacks CAP_SYS_RESOURCE no host can have it either, and
 * `docker run --privileged` would fail with "unable to apply caps": there dockerd gets a runtime that does not ask for it.
 */
export async function dockerSeed(): Promise<SeedFile[]> {
  if (hasCapability(await readFile('/proc/self/status', 'utf8'), sysResource)) return []
  const daemon = { runtimes: { lab: { path: runtimePath } }, 'default-runtime': 'lab' }
  return [
    { path: 'etc/docker/daemon.json', content: `${JSON.stringify(daemon, null, 2)}\n` },
    { path: runtimePath.slice(1), content: runtime, mode: 0o755 },
  ]
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

const runtimePath = '/usr/local/sbin/lab-runc'

/** runc is handed a bundle folder at creation and a process file at exec: both list capabilities. */
const runtime = `#!/bin/sh
# runc for a machine without CAP_SYS_RESOURCE: containers are not given what no process here can have.
strip() {
  jq "$2 |= (if . then map_values(if type == \\"array\\" then map(select(. != \\"CAP_SYS_RESOURCE\\")) else . end) else . end)" "$1" > "$1.lab" &&
    cat "$1.lab" > "$1" && rm -f "$1.lab"
}
before=
for word do
  case $before in
    --bundle) strip "$word/config.json" .process.capabilities ;;
    --process) strip "$word" .capabilities ;;
  esac
  before=$word
done
exec runc "$@"
`
