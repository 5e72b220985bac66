import type { Duplex } from 'node:stream'
import ssh2, { type BaseAgent, type ParsedKey } from 'ssh2'
import { Reader } from './ssh-wire.js'
import { showing, userCertificate } from './user-certificate.js'

/**
 * The keys of an agent, in its order; those with a certificate show it. ssh2's own way leaves them out.
 * Source: draft-ietf-sshm-ssh-agent, "Requesting a list of keys".
 * @returns none of an agent that does not answer
 */
export async function agentKeys(agent: BaseAgent): Promise<ParsedKey[]> {
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

function keysOf(reply: Buffer): ParsedKey[] {
  if (reply[0] !== answer) return []
  const reader = new Reader(reply.subarray(1))
  const blobs = Array.from({ length: reader.uint32() }, () => {
    const blob = reader.string()
    reader.string() // comment
    return blob
  })
  return blobs.flatMap(blob => publicKey(blob) ?? [])
}

/** `undefined`: of a kind that ssh2 does not know. */
function publicKey(blob: Buffer): ParsedKey | undefined {
  const certificate = userCertificate(blob)
  const parsed = ssh2.utils.parseKey(certificate?.says.key ?? blob)
  if (parsed instanceof Error) return undefined
  return certificate ? showing(certificate, parsed) : parsed
}
