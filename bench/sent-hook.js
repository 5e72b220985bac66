// Preloaded into netplay: what it sends to the first host that it opens a shell on, as it was before it was encrypted.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { Channel } = createRequire(import.meta.url)('ssh2/lib/Channel.js')
const { _write: write } = Channel.prototype
const sent = []
let first

Channel.prototype._write = function (chunk, ...rest) {
  first ??= this
  if (this === first) sent.push(chunk)
  return write.call(this, chunk, ...rest)
}
process.on('exit', () => writeFileSync(process.env.NETPLAY_BENCH_SENT, Buffer.concat(sent)))
