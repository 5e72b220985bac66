import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { toldIfLong } from './waiting.js'

export interface FileLimits {
  /** default 16 MB: no file an admin writes by hand is larger */
  mostBytes?: number
  /** how long a pipe is waited for, until whoever writes to it has ended; default five minutes, as for an inventory script */
  pipeMs?: number
}

/** No file an admin writes by hand is larger; a generated one of this size is a mistake. */
export const maxSourceBytes = 16 * 1024 * 1024

/** There was more to read than can be wanted, or nothing came. */
export class FileLimitError extends Error {}

/**
 * The bytes of a file, a pipe or a device, of which some never end.
 * @throws {FileLimitError | NodeJS.ErrnoException}
 */
export async function readLimited(path: string, { mostBytes = maxSourceBytes, pipeMs = 5 * 60_000 }: FileLimits = {}): Promise<Buffer> {
  if (!(await stat(path)).isFIFO()) return contentsOf(path, mostBytes, () => undefined)
  const wait = new PipeWait(path, pipeMs)
  const goOn = () => {
    if (wait.isOver) throw new FileLimitError(`this is a pipe, and whoever writes to it has not ended within ${pipeMs / 1000} s`)
  }
  return toldIfLong(`whoever writes to the pipe ${path}`, contentsOf(path, mostBytes, goOn)).finally(() => wait.end())
}

async function contentsOf(path: string, mostBytes: number, goOn: () => void): Promise<Buffer> {
  const handle = await open(path, 'r')
  try {
    return await allOf(handle, mostBytes, goOn)
  } finally {
    await handle.close()
  }
}

/** Not as a stream, which reads ahead: the end of a pipe's wait could not end that. */
async function allOf(handle: FileHandle, mostBytes: number, goOn: () => void): Promise<Buffer> {
  const chunks: Buffer[] = []
  for (let size = 0; size <= mostBytes;) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, null)
    goOn()
    if (bytesRead === 0) return Buffer.concat(chunks)
    chunks.push(buffer.subarray(0, bytesRead))
    size += bytesRead
  }
  throw new FileLimitError(`the file is larger than ${mostBytes / 1024 / 1024} MB`)
}

const chunkBytes = 64 * 1024

/**
 * Opening a pipe that nobody writes to, and reading one, cannot be called off: not even the end of the process gets through to it. Only a byte does,
 * so a late pipe gets one.
 */
class PipeWait {
  isOver = false
  private readonly timer: NodeJS.Timeout

  constructor(
    private readonly path: string,
    ms: number,
  ) {
    this.timer = setTimeout(this.letGo, ms)
    process.once('exit', this.letGo)
  }

  end(): void {
    clearTimeout(this.timer)
    process.off('exit', this.letGo)
  }

  private readonly letGo = () => {
    this.isOver = true
    try {
      const pipe = openSync(this.path, constants.O_WRONLY | constants.O_NONBLOCK)
      writeSync(pipe, '\n')
      closeSync(pipe)
    } catch {
      // Nobody waits: there is no reader, or it has plenty to read.
    }
  }
}
