import { readFile } from 'node:fs/promises'
import { must, run } from './command.js'

export interface Mount {
  point: string
  type: string
  /** options of the file system itself */
  options: string
}

/** Source: proc_pid_mountinfo(5); fields 5, and after the lone `-` type, source and super options. */
export function parseMountinfo(text: string): Mount[] {
  const lines = text.split('\n').filter(line => line.includes(' - '))
  return lines.map(line => {
    const [left = '', right = ''] = line.split(' - ')
    const [type = '', , options = ''] = right.split(' ')
    return {
      point: (left.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
      type,
      options,
    }
  })
}

export const mounts = async (): Promise<Mount[]> => parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8'))

export const isMounted = async (point: string): Promise<boolean> => (await mounts()).some(mount => mount.point === point)

/** Unmount everything at and below a folder, the innermost first. What is busy leaves the tree at once and ends with its last user. */
export async function unmountBelow(folder: string): Promise<void> {
  const points = (await mounts()).map(mount => mount.point).filter(point => point === folder || point.startsWith(`${folder}/`))
  for (const point of points.reverse()) {
    if ((await run(['umount', point])).code !== 0) await must(['umount', '--lazy', point])
  }
}
