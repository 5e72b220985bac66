import type { ServerChannel } from 'ssh2'

/** A host that says hello as the loop does, and then, for each chunk that it is sent, what `answer` makes of the nonce. */
export const liar = (answer: (nonce: string, channel: ServerChannel) => void) => (channel: ServerChannel) => {
  let input = ''
  let greeted = false
  channel.on('data', (chunk: Buffer) => {
    input += chunk.toString('latin1')
    const nonce = /^(\S+)\n/.exec(input)?.[1]
    if (nonce === undefined) return
    if (greeted) return answer(nonce, channel)
    greeted = true
    both(channel, `${nonce} 0 hello\n`)
  })
}

export const both = (channel: ServerChannel, bytes: string) => {
  channel.write(bytes)
  channel.stderr.write(bytes)
}

/** Prints without end, as fast as it is taken. */
export function flood(channel: ServerChannel, to: 'stdout' | 'stderr', text = 'flood '): void {
  const block = Buffer.alloc(1 << 16, text)
  const stream = to === 'stdout' ? channel : channel.stderr
  let open = true
  channel.on('close', () => (open = false))
  const more = () => {
    while (open && stream.write(block));
    if (open) stream.once('drain', more)
  }
  more()
}

/** Prints byte after byte, without end, far too slowly. */
export function drip(channel: ServerChannel, text: string): void {
  let at = 0
  const timer = setInterval(() => channel.write(text[at++ % text.length]!), 200).unref()
  channel.on('close', () => clearInterval(timer))
}
