import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Where a needle was seen: in the arguments or the environment of a process, here or in a lab host (another pid namespace). */
export interface Seen {
  needle: string
  where: 'cmdline' | 'environ'
  pid: number
  onHost: boolean
  /** its arguments, with blanks */
  command: string
}

export interface ProcessWatch {
  /** each process and place once */
  seen: Seen[]
  sweeps: number
  /** command lines met in lab hosts */
  onHosts: Set<string>
  stop(): Promise<void>
}

/** Looks through all processes of this machine again and again; those of lab hosts are among them. Needs root. */
export function watchProcesses(needles: readonly string[]): ProcessWatch {
  const watch = { seen: [] as Seen[], sweeps: 0, onHosts: new Set<string>() }
  const known = new Set<string>()
  const here = namespaceOf('self')
  let stopped = false
  const look = (pid: string) => {
    const command = read(pid, 'cmdline')
    const onHost = namespaceOf(pid) !== here
    const words = command.replaceAll('\0', ' ').trim()
    if (onHost) watch.onHosts.add(words)
    for (const where of ['cmdline', 'environ'] as const) {
      const text = where === 'cmdline' ? command : read(pid, where)
      for (const needle of needles.filter(one => text.includes(one))) {
        const key = `${pid} ${where} ${needle} ${words}`
        if (!known.has(key)) watch.seen.push({ needle, where, pid: Number(pid), onHost, command: words })
        known.add(key)
      }
    }
  }
  const watching = (async () => {
    while (!stopped) {
      readdirSync('/proc')
        .filter(name => /^\d+$/.test(name))
        .forEach(look)
      watch.sweeps++
      await sleep(5)
    }
  })()
  return Object.assign(watch, {
    stop: async () => {
      stopped = true
      await watching
    },
  })
}

/** Empty for a process that is gone. */
function read(pid: string, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}

function namespaceOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return ''
  }
}
