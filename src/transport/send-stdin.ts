import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { StdinError } from './request-errors.js'
import type { StdinStream } from './request.js'

interface Target {
  channel: Writable
  host: string
  purpose: string
  /** aborted when the request is over */
  signal: AbortSignal
  onSent(): void
}

/**
 * Streams exactly `sizeBytes` bytes, never more than the channel's window ahead of the host.
 * @throws {StdinError} the stream broke, or gave fewer or more bytes than it said: the frame cannot be completed
 */
export async function sendStdin(stdin: Buffer | StdinStream, target: Target): Promise<void> {
  const { sizeBytes, onProgress } = Buffer.isBuffer(stdin)
    ? { sizeBytes: stdin.length }
    : (stdin as Partial<StdinStream> & { sizeBytes: number })
  let sentBytes = 0
  try {
    for await (const chunk of Buffer.isBuffer(stdin) ? slices(stdin) : stdin.stream) {
      if (target.signal.aborted) return
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
      sentBytes += bytes.length
      if (sentBytes > sizeBytes) break
      if (!target.channel.write(bytes)) await once(target.channel, 'drain', { signal: target.signal })
      target.onSent()
      onProgress?.(sentBytes)
    }
  } catch (error) {
    if (target.signal.aborted) return
    throw new StdinError(target.host, target.purpose, (error as Error).message, { cause: error })
  }
  if (sentBytes === sizeBytes || target.signal.aborted) return
  throw new StdinError(
    target.host,
    target.purpose,
    `${sizeBytes} bytes were announced and ${sentBytes > sizeBytes ? 'more' : sentBytes} came`,
  )
}

const sliceBytes = 256 * 1024

function* slices(buffer: Buffer) {
  for (let at = 0; at < buffer.length; at += sliceBytes) yield buffer.subarray(at, at + sliceBytes)
}
