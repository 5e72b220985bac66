import { channel } from 'node:diagnostics_channel'

const waits = channel('netplay:waiting')

/** Says what an admin's own script or pipe is waited for, once it takes long. @param what `the inventory script ./cloud --list` */
export async function toldIfLong<T>(what: string, work: Promise<T>, longMs = 5_000): Promise<T> {
  const timer = setTimeout(() => waits.publish(`still waiting for ${what}`), longMs)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

export const onLongWait = (tell: (said: string) => void): void => waits.subscribe(said => tell(String(said)))
