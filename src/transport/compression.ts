import zlib from 'ssh2/lib/protocol/zlib.js'

const writer = zlib.ZlibPacketWriter.prototype
const { finalize } = writer

/**
 * What is still written to a connection that is over is dropped by ssh2's cipher, as it should be; with compression ssh2 1.17 does not come that far,
 * and throws, mostly where nobody can catch it (docs/decisions/certificates.md).
 */
writer.finalize = function (payload, force) {
  const isOver = this._protocol._destruct === undefined
  return isOver ? payload : finalize.call(this, payload, force)
}
