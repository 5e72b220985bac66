/** A string as RFC 4251, section 5, has it: its length, and its bytes. */
export const sized = (bytes: Buffer) => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** What RFC 4251, section 5, has, read one after another. @throws {RangeError} the bytes end before */
export class Reader {
  at = 0

  constructor(private readonly bytes: Buffer) {}

  uint32(): number {
    return this.take(4).readUInt32BE()
  }
  uint64(): bigint {
    return this.take(8).readBigUInt64BE()
  }
  string(): Buffer {
    return this.take(this.uint32())
  }
  text(): string {
    return this.string().toString('latin1')
  }
  texts(): string[] {
    const all: string[] = []
    while (this.at < this.bytes.length) all.push(this.text())
    return all
  }
  /** Of pairs of names and values. */
  names(): string[] {
    return this.texts().filter((_, at) => at % 2 === 0)
  }

  private take(length: number): Buffer {
    if (length > this.bytes.length - this.at) throw new RangeError('the bytes end too early')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }
}
