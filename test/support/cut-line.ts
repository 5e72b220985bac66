import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface CutLine {
  port: number
  /** bytes that came from the server so far */
  readonly receivedBytes: number
  /** resets all connections now */
  cut(): void
  /** ends them in one direction, as sshd does that goes: the client may still be writing */
  hangUp(): void
  /** resets them after so many more bytes from the server */
  cutAfter(bytes: number): void
  /** passes nothing on any more and closes nothing: a host that lost power */
  freeze(): void
  close(): Promise<void>
}

/** A proxy in front of a port of this machine, whose line can be cut. */
export async function startCutLine(target: number): Promise<CutLine> {
  const pairs = new Set<[Socket, Socket]>()
  let receivedBytes = 0
  let cutAt = Infinity
  let frozen = false
  const cut = () => pairs.forEach(pair => pair.forEach(socket => socket.resetAndDestroy()))
  const server = createServer(near => {
    const far = connect(target, '127.0.0.1')
    const pair: [Socket, Socket] = [near.setNoDelay(), far.setNoDelay()]
    pairs.add(pair)
    for (const socket of pair) socket.on('error', () => {})
    for (const socket of pair) socket.on('close', () => (pairs.delete(pair), pair.forEach(other => other.destroy())))
    near.on('data', chunk => void (frozen || !far.writable || far.write(chunk)))
    far.on('data', chunk => {
      if (frozen || !near.writable) return
      const passed = chunk.subarray(0, cutAt - receivedBytes)
      receivedBytes += passed.length
      near.write(passed, () => void (receivedBytes >= cutAt && cut()))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get receivedBytes() {
      return receivedBytes
    },
    cut,
    hangUp: () => pairs.forEach(([near]) => near.end()),
    cutAfter: bytes => (cutAt = receivedBytes + bytes),
    freeze: () => (frozen = true),
    close: async () => {
      pairs.forEach(pair => pair.forEach(socket => socket.destroy()))
      server.close()
      await once(server, 'close')
    },
  }
}
