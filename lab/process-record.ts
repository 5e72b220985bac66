import { readFile } from 'node:fs/promises'

/** A process that cannot be mistaken for a later one of the same number. */
export interface ProcessRecord {
  pid: number
  /** clock ticks since boot: field 22 of /proc/PID/stat (proc(5)) */
  startTime: string
  bootId: string
}

/** Shell text that writes the record of the shell that runs it into `$record`, whole or not at all. Its pid and start time outlive `exec`. */
export const writeOwnRecord = 'cat /proc/$$/stat /proc/sys/kernel/random/boot_id > "$record.new" && mv "$record.new" "$record"'

/** `stat` of a process, a newline, the machine's boot id. `undefined` for anything else. */
export function parseProcessRecord(text: string): ProcessRecord | undefined {
  // The second field is the program's name in parentheses and may hold blanks and parentheses of its own.
  const match = /^(\d+) \(.*\) (.*)\n([0-9a-f-]{36})\n$/s.exec(text)
  const startTime = match?.[2]?.split(' ')[19]
  return match && startTime ? { pid: Number(match[1]), startTime, bootId: match[3]! } : undefined
}

/** The process named by a record file, or 0 where it has ended (even if its number is another process' now). */
export async function recordedPid(file: string): Promise<number> {
  const record = parseProcessRecord(await text(file))
  if (!record) return 0
  const now = parseProcessRecord((await text(`/proc/${record.pid}/stat`)) + (await text('/proc/sys/kernel/random/boot_id')))
  return now?.startTime === record.startTime && now.bootId === record.bootId ? record.pid : 0
}

/** Children of a process, oldest first; none where it has ended. */
export async function childrenOf(pid: number): Promise<number[]> {
  const words = (await text(`/proc/${pid}/task/${pid}/children`)).trim()
  return words ? words.split(' ').map(Number) : []
}

const text = (file: string) => readFile(file, 'utf8').catch(() => '')
