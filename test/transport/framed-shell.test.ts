import { Readable } from 'node:stream'
import { hostileScripts } from '../support/hostile-scripts.js'
import { openLocalSession, startLocally } from '../support/local-shell.js'
import { frameBytes } from '../../src/transport/shell-loop.js'
import type { Session } from '../../src/transport/session.js'

const purpose = 'probes'

describe.each([
  ['dash', '/bin/dash'],
  ['bash called sh', '/bin/bash'],
  ['busybox ash', '/bin/busybox'],
])('the shell on the host is %s', (_name, sh) => {
  let session: Session
  beforeAll(async () => void (session = await openLocalSession({ sh })))
  afterAll(() => session.close())

  test.each(hostileScripts)('$title', async ({ script, stdout = '', stderr, ending }) => {
    const reply = await session.request(script, { purpose })
    if (ending && 'exit' in ending && ending.exit === 2) expect(reply.ending).not.toEqual({ exit: 0 })
    else expect(reply.ending).toEqual(ending)
    expect(reply.stdout.toString('latin1')).toBe(stdout)
    if (stderr) expect(reply.stderr.toString('latin1')).toMatch(stderr)
    else expect(reply.stderr.toString()).toBe('')
    expect((await session.request('echo in step', { purpose })).stdout.toString()).toBe('in step\n')
  })

  test('requests that are made at once are answered one after another, each with its own', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, (_, i) => session.request(`echo ${i}; exit ${i}`, { purpose })))
    expect(replies.map(({ stdout, ending }) => [stdout.toString(), ending])).toEqual(
      Array.from({ length: 20 }, (_, i) => [`${i}\n`, { exit: i }]),
    )
  })

  test('each request has a shell, variables, folder and $$ of its own', async () => {
    const first = await session.request('x=1; cd /tmp; export X=1; pwd; echo $$', { purpose })
    const second = await session.request('echo "[$x$X]"; pwd; echo $$', { purpose })
    const [, pid] = first.stdout.toString().split('\n')
    expect(second.stdout.toString()).toMatch(/^\[\]\n\/\n\d+\n$/)
    expect(second.stdout.toString()).not.toContain(`\n${pid}\n`)
  })

  test('stdin arrives whole and byte for byte, and the script’s own text is not in it', async () => {
    const stdin = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff))
    const reply = await session.request(`echo 'it'\\''s'; cat`, { purpose, stdin })
    expect(reply.stdout.equals(Buffer.concat([Buffer.from(`it's\n`), stdin]))).toBe(true)
  })

  test('what a script leaves of its stdin is never run and does not put the stream out of step', async () => {
    const stdin = Buffer.from('touch /tmp/netplay-must-not-be\nexit 9\n'.repeat(10_000))
    expect((await session.request('read x; echo "$x"', { purpose, stdin })).stdout.toString()).toBe('touch /tmp/netplay-must-not-be\n')
    expect((await session.request('kill -9 $$', { purpose, stdin })).ending).toEqual({ signal: 'SIGKILL' })
    expect((await session.request('ls /tmp/netplay-must-not-be', { purpose })).ending).not.toEqual({ exit: 0 })
  })

  test('an empty stdin is at its end at once', async () => {
    expect((await session.request('cat; echo end', { purpose, stdin: Buffer.alloc(0) })).stdout.toString()).toBe('end\n')
  })

  test('a stream as stdin reports its progress to the last byte', async () => {
    const sent: number[] = []
    const stream = Readable.from(Array.from({ length: 8 }, () => Buffer.alloc(100_000, 'z')))
    const stdin = { stream, sizeBytes: 800_000, onProgress: (bytes: number) => sent.push(bytes) }
    expect((await session.request('wc -c', { purpose, stdin })).stdout.toString().trim()).toBe('800000')
    expect(sent.at(-1)).toBe(800_000)
    expect(sent).toHaveLength(8)
  })

  test.each([
    ['fewer', 900],
    ['more', 100],
  ])('a stream that gives %s bytes than it said fails its request, and the next goes on', async (_what, sizeBytes) => {
    const stdin = { stream: Readable.from([Buffer.alloc(500)]), sizeBytes }
    await expect(session.request('cat >/dev/null', { purpose, stdin })).rejects.toMatchObject({ code: 'STDIN_FAILED' })
    expect((await session.request('echo next', { purpose })).stdout.toString()).toBe('next\n')
  })

  test('a shell that is killed fails its request, says so, and is opened again once by the next', async () => {
    await expect(session.request('kill -9 $PPID; sleep 5', { purpose })).rejects.toMatchObject({
      code: 'SHELL_LOST',
      message: expect.stringMatching(/^local: the shell ended during probes \(killed by SIGKILL\); .* unknown$/) as string,
    })
    expect((await session.request('echo again', { purpose })).stdout.toString()).toBe('again\n')
  })

  test('a character that is split between two chunks arrives whole, and each line as it is printed', async () => {
    const lines: string[] = []
    const script = `printf '\\342\\202'; sleep 0.1; printf '\\254\\n'; sleep 0.1; echo two`
    const { stdout } = await session.request(script, { purpose, onStdout: chunk => lines.push(chunk.toString('latin1')) })
    expect(stdout.toString()).toBe('€\ntwo\n')
    expect(lines).toEqual(['\u00e2\u0082', '\u00ac\n', 'two\n'])
  })

  test('a script in the shell itself keeps what it opens, for all requests after it, and none of its stdin', async () => {
    const opened = await session.request('exec 9>/dev/null; cat; echo "it\'s kept"; (exit 3)', { purpose, inShell: true })
    expect([opened.stdout.toString(), opened.ending]).toEqual(["it's kept\n", { exit: 3 }])
    expect((await session.request('readlink /proc/$PPID/fd/9', { purpose })).stdout.toString()).toBe('/dev/null\n')
    await session.request('exec 9>&-', { purpose, inShell: true })
    expect((await session.request('readlink /proc/$PPID/fd/9', { purpose })).ending).toEqual({ exit: 1 })
  })

  test('a script aside is answered while a request runs', async () => {
    const flag = `/tmp/netplay-aside-${process.pid}`
    const running = session.request(`while [ ! -e ${flag} ]; do sleep 0.05; done; rm ${flag}; echo seen`, { purpose })
    expect((await session.aside(`: >${flag}; echo told`)).stdout.toString()).toBe('told\n')
    expect((await running).stdout.toString()).toBe('seen\n')
  })

  test('an onStdout that throws fails the request and nothing else', async () => {
    const onStdout = () => {
      throw new RangeError('reader is broken')
    }
    await expect(session.request('echo a', { purpose, onStdout })).rejects.toThrow('reader is broken')
    expect((await session.request('echo b', { purpose })).stdout.toString()).toBe('b\n')
  })

  test('what an earlier request left running does not get into the next reply before it starts', async () => {
    await session.request('{ sleep 0.2; echo late; } &', { purpose })
    await new Promise(resolve => setTimeout(resolve, 500))
    expect((await session.request('echo mine', { purpose })).stdout.toString()).toBe('mine\n')
  })
})

test('requests are counted by purpose', async () => {
  const session = await openLocalSession()
  for (const purpose of ['facts', 'probes', 'probes']) await session.request(':', { purpose })
  expect([...session.requestCounts]).toEqual([
    ['facts', 1],
    ['probes', 2],
  ])
  await session.close()
})

test.each(['-', '=', 5] as const)('a script that is cut on its way runs nothing of itself (%s)', async kind => {
  const frame = frameBytes('1', kind, `echo ran 'it'\\''s' one\necho ran two\n`)
  const body = frame.subarray(frame.indexOf('\n') + 1)
  for (let bytes = 0; bytes < body.length - 2; bytes++) {
    const shell = startLocally('exec sh')
    const output: Buffer[] = []
    shell.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    shell.stderr.resume()
    shell.stdin.end(body.subarray(0, bytes))
    await shell.ended
    expect(Buffer.concat(output).toString()).toBe('')
  }
})

test('neither the nonce nor a script is seen in the process list', async () => {
  const session = await openLocalSession()
  const { stdout } = await session.request(': hidden-word; tr "\\0" " " </proc/$$/cmdline; tr "\\0" " " </proc/$PPID/cmdline; env', {
    purpose,
  })
  await session.close()
  expect(stdout.toString()).toContain('sh -c cd /')
  expect(stdout.toString()).not.toMatch(/hidden-word|~np/)
})
