import type { Duplex } from 'node:stream'
import ssh2, { type BaseAgent, type ParsedKey } from 'ssh2'
import { Reader } from './ssh-wire.js'
import { userCertificate, type UserCertificate } from './user-certificate.js'

/** A key of an agent; it may be there with a certificate, and once more without. */
export interface HeldKey {
  key: ParsedKey
  certificate?: UserCertificate
}

/**
 * The keys of an agent, in its order; ssh2's own way leaves those with a certificate out.
 * Source: draft-ietf-sshm-ssh-agent, "Requesting a list of keys".
 * @returns none of an agent that does not answer
 */
export async function agentKeys(agent: BaseAgent): Promise<HeldKey[]> {
  const stream = await new Promise<Duplex | undefined>(resolve => agent.getStream!((error, opened) => resolve(error ? undefined : opened)))
  if (!stream) return []
  try {
    stream.write(Buffer.from([0, 0, 0, 1, request]))
    return keysOf(await message(stream))
  } catch {
    return []
  } finally {
    stream.destroy()
  }
}

const [request, answer] = [11, 12]

async function message(stream: Duplex): Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  for await (const chunk of stream) {
    bytes = Buffer.concat([bytes, chunk as Buffer])
    if (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE()) return new Reader(bytes).string()
  }
  throw new RangeError('the agent said less than it announced')
}

function keysOf(reply: Buffer): HeldKey[] {
  if (reply[0] !== answer) return []
  const reader = new Reader(reply.subarray(1))
  const blobs = Array.from({ length: reader.uint32() }, () => {
    const blob = reader.string()
    reader.string() // comment
    return blob
  })
  return blobs.flatMap(blob => heldKey(blob) ?? [])
}

/** `undefined`: of a kind that ssh2 does not know. */
function heldKey(blob: Buffer): HeldKey | undefined {
  const certificate = userCertificate(blob)
  const parsed = ssh2.utils.parseKey(certificate?.says.key ?? blob)
  if (parsed instanceof Error) return undefined
  return { key: parsed, ...(certificate && { certificate }) }
}
