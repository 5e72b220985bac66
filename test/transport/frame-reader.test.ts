import { FrameReader } from '../../src/transport/frame-reader.js'

const nonce = '~np0123456789abcdef'

/** What comes out when `bytes` go in, in chunks of `chunkBytes`; neighbouring data is joined. */
function read(bytes: Buffer, chunkBytes: number) {
  const seen: string[] = []
  let data = Buffer.alloc(0)
  const flush = () => {
    if (data.length > 0) seen.push(`data ${data.toString('latin1')}`)
    data = Buffer.alloc(0)
  }
  const reader = new FrameReader(nonce, {
    data: chunk => (data = Buffer.concat([data, chunk])),
    mark: (id, word) => (flush(), seen.push(`mark ${id} ${word}`)),
    broken: problem => (flush(), seen.push(`broken ${problem}`)),
  })
  for (let at = 0; at < bytes.length; at += chunkBytes) reader.push(bytes.subarray(at, at + chunkBytes))
  flush()
  return seen
}

describe('FrameReader', () => {
  const stream = Buffer.concat([
    Buffer.from(`banner\n${nonce} 1 go\n`),
    Buffer.from([0xe2, 0x82, 0xac, 0x00, 0xff]),
    Buffer.from(`~np01 ~~np0123~ half${nonce} 1 141\n${nonce} 2 go\n`),
  ])

  test.each([1, 2, 3, 7, 19, 20, 21, 1000])('finds the same marks and bytes in chunks of %d', chunkBytes => {
    expect(read(stream, chunkBytes)).toEqual([
      'data banner\n',
      'mark 1 go',
      'data \u00e2\u0082\u00ac\u0000\u00ff~np01 ~~np0123~ half',
      'mark 1 141',
      'mark 2 go',
    ])
  })

  test('passes a line on as soon as its newline is here', () => {
    const lines: string[] = []
    const reader = new FrameReader(nonce, { data: chunk => lines.push(chunk.toString()), mark: () => {}, broken: () => {} })
    reader.push(Buffer.from('step 1 of 3\n'))
    expect(lines).toEqual(['step 1 of 3\n'])
  })

  test('calls a mark without an end broken, and does not wait for ever', () => {
    expect(read(Buffer.from(`${nonce} 1 ${'9'.repeat(200)}`), 50)).toContain('broken a mark without an end')
  })

  test.each([' 1 GO\n', ' x 0\n', '1 0\n', ' 1 0 \n', ' 1 \n'])('calls the mark %j broken', line => {
    expect(read(Buffer.from(nonce + line), 8)).toEqual(['broken a mark that is none'])
  })
})
