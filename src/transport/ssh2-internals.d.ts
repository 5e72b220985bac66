declare module 'ssh2/lib/protocol/constants.js' {
  const constants: { SUPPORTED_SERVER_HOST_KEY: string[] }
  export default constants
}

declare module 'ssh2/lib/protocol/zlib.js' {
  export interface ZlibPacketWriter {
    /** `_destruct`: until the connection is over */
    _protocol: { _destruct?: unknown }
    finalize: (this: ZlibPacketWriter, payload: Buffer, force?: boolean) => Buffer
  }
  const zlib: { ZlibPacketWriter: { prototype: ZlibPacketWriter } }
  export default zlib
}

declare module 'ssh2/lib/protocol/utils.js' {
  const utils: {
    convertSignature(signature: Buffer, keyType: string): Buffer | false
    sendPacket(protocol: object, packet: Buffer): void
  }
  export default utils
}
