import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'

/** A Unix socket in a folder that only we may enter; what connects to it is piped to streams of `forward`. gRPC cannot be given a stream. */
export interface EtcdTunnel {
  path: string
  /** why the last `forward` failed */
  failure: () => unknown
  /** no more connections; the folder is gone, those that are open stay */
  seal: () => Promise<void>
  close: () => Promise<void>
}

// sun_path holds 108 bytes, 104 on some systems.
const LONGEST_FOLDER = 80

export async function openTunnel(forward: () => Promise<Duplex>): Promise<EtcdTunnel> {
  const folder = await mkdtemp(join(tmpdir().length > LONGEST_FOLDER ? '/tmp' : tmpdir(), 'netplay-'))
  const path = join(folder, 'etcd')
  const ends = new Set<Duplex>()
  let failure: unknown
  const server = createServer(local => {
    keep(local)
    forward().then(
      remote => joinEnds(local, keep(remote)),
      error => {
        failure = error
        local.destroy()
      },
    )
  })
  const seal = async () => {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
  const close = async () => {
    await seal()
    for (const end of ends) end.destroy()
  }
  await listening(server, path).catch(async error => {
    await close()
    throw error
  })
  return { path, failure: () => failure, seal, close }

  function keep(end: Duplex): Duplex {
    ends.add(end)
    // Both ends need a listener, for as long as they live: an error nobody listens for would end the process.
    return end.on('error', () => {}).once('close', () => ends.delete(end))
  }
}

const listening = (server: Server, path: string) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(path, () => {
      server.off('error', reject).on('error', () => {})
      resolve()
    })
  })

/** The end of one is the end of the other. */
function joinEnds(one: Duplex, other: Duplex) {
  if (one.destroyed) return void other.destroy()
  one.once('close', () => other.destroy()).pipe(other)
  other.once('close', () => one.destroy()).pipe(one)
}
