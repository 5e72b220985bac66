import { execFileSync } from 'node:child_process'
import { ProgramLines, type ProgramLine } from '../../src/apply/program-line.js'
import { programOf } from '../../src/apply/program.js'
import { lockHost } from '../../src/apply/lock.js'
import type { HostItem } from '../../src/plan/plan.js'
import { fileItem, fileThing, openTestHost, planHost, untilUnlocked, type TestHost } from './test-host.js'

const shells = ['/bin/dash', '/bin/bash', '/bin/busybox'].filter(shell => {
  try {
    execFileSync(shell, shell.endsWith('busybox') ? ['sh', '-c', ':'] : ['-c', ':'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})
const salt = 'a1b2'

describe.each(shells)('a program under %s', shell => {
  let host: TestHost
  beforeEach(async () => {
    host = await openTestHost({ shell })
    await lockHost(host.session, 'ann@ops1 runs site.yml')
  })
  afterEach(() => host.close())

  const items = (...steps: string[][]): HostItem[] =>
    steps.map((texts, i) => fileItem(host, `f${i}`, `w${i}`, { id: `s1.h1.${i + 1}`, steps: texts }))
  const program = (all: HostItem[], run = 'run-1') =>
    programOf(all, planHost(all.map(({ key }, i) => fileThing(host, key.slice('file:'.length), ['absent', `w${i}`]))), run, salt)
  async function run(all: HostItem[], edit = (text: string) => text): Promise<ProgramLine[]> {
    const { text, nonce } = program(all)
    const lines = new ProgramLines(nonce)
    await host.session.request(edit(text), { purpose: 'program', onStdout: lines.push })
    return lines.all
  }
  const write = (name: string, word = name) => `printf %s ${word} >${host.folder}/${name}`

  test('makes its steps in order and tells each; what they print stays in the log of the host', async () => {
    const lines = await run(items([`echo hello; ${write('a')}`, write('b')], [write('c')]))
    expect(lines).toEqual([
      { type: 'step', item: 's1.h1.1', step: 0 },
      { type: 'done', item: 's1.h1.1', step: 0 },
      { type: 'step', item: 's1.h1.1', step: 1 },
      { type: 'done', item: 's1.h1.1', step: 1 },
      { type: 'step', item: 's1.h1.2', step: 0 },
      { type: 'done', item: 's1.h1.2', step: 0 },
      { type: 'end' },
    ])
    expect(['a', 'b', 'c'].every(name => host.has(name))).toBe(true)
    expect(await host.read('lib/runs/run-1/log')).toContain('hello\n')
  })

  test('that is cut off anywhere runs nothing', async () => {
    const all = items([write('a')], [write('b')])
    const { text } = program(all)
    const start = text.indexOf('main() {')
    for (const part of [0.2, 0.5, 0.8, 0.99]) {
      const cut = text.slice(0, start + Math.floor((text.length - start - 'main\n'.length) * part))
      await host.session.request(cut, { purpose: 'program' }).catch(() => undefined)
    }
    expect([host.has('a'), host.has('b'), host.has('lib/runs')]).toEqual([false, false, false])
  })

  test('compares every thing first: where one is not as planned all of these are told, and nothing is written', async () => {
    await host.write('f0', 'mine\nand more')
    await host.write('f2', '$(touch pwned)')
    const lines = await run(items([write('f0')], [write('f1')], [write('f2')]))
    expect(lines).toEqual([
      { type: 'moved', item: 's1.h1.1', now: 'word=mine\nand more' },
      { type: 'moved', item: 's1.h1.3', now: 'word=$(touch pwned)' },
      { type: 'stopped', why: 'moved', words: '' },
    ])
    expect([host.has('f1'), host.has('lib/runs')]).toEqual([false, false])
  })

  test('takes what looks for itself as it is when it has come to be as planned meanwhile, and nothing else', async () => {
    await host.write('f0', 'w0')
    const [item] = items([write('f1')])
    const said = async (looksItself?: true) => {
      const { text, nonce } = programOf([item!], planHost([{ ...fileThing(host, 'f0', ['absent', 'w0']), looksItself }]), 'run-1', salt)
      const lines = new ProgramLines(nonce)
      await host.session.request(text, { purpose: 'program', onStdout: lines.push })
      return lines.all.map(({ type }) => type)
    }
    expect(await said()).toEqual(['moved', 'stopped'])
    expect(await said(true)).toEqual(['step', 'done', 'end'])
  })

  test('keeps every pre-image before its first step', async () => {
    await host.write('f1', 'old')
    const all = [
      fileItem(host, 'f0', 'w0', { id: 's1.h1.1', steps: ['exit 9'] }),
      fileItem(host, 'f1', 'w1', { id: 's1.h1.2', from: 'old' }),
    ]
    const { text } = programOf(
      all,
      planHost([fileThing(host, 'f0', ['absent', 'w0']), fileThing(host, 'f1', ['old', 'w1'])]),
      'run-1',
      salt,
    )
    await host.session.request(text, { purpose: 'program' })
    expect(await host.read('lib/runs/run-1/store/pre.f1')).toBe('old')
  })

  test('stops at a step that fails in any of its commands, with the words of that step alone', async () => {
    const lines = await run(items(['echo before'], ['echo "no room"; false; echo not reached', write('b')], [write('c')]))
    expect(lines.slice(2)).toEqual([
      { type: 'step', item: 's1.h1.2', step: 0 },
      { type: 'failed', item: 's1.h1.2', step: 0, exit: 1, words: 'no room\n' },
    ])
    expect([host.has('b'), host.has('c')]).toEqual([false, false])
  })

  test('looks for the stop file before each step', async () => {
    const lines = await run(items([`: >${host.local('/run/netplay')}/stop-run-1; ${write('a')}`], [write('b')]))
    expect(lines.at(-1)).toEqual({ type: 'stopped', why: 'asked', words: '' })
    expect([host.has('a'), host.has('b')]).toEqual([true, false])
  })

  test('dies at the fault point right before that step, and says nothing more', async () => {
    await host.write('run/fault', 's1.h1.2.0\n')
    const { text, nonce } = program(items([write('a')], [write('b')]))
    const lines = new ProgramLines(nonce)
    const { ending } = await host.session.request(text, { purpose: 'program', onStdout: lines.push })
    expect(ending).toEqual({ signal: 'SIGKILL' })
    expect(lines.all.at(-1)).toEqual({ type: 'step', item: 's1.h1.2', step: 0 })
    expect([host.has('a'), host.has('b')]).toEqual([true, false])
  })

  test('dies at the fault point after its last step, with every step told', async () => {
    await host.write('run/fault', 's1.h1.2.end\n')
    const { text, nonce } = program(items([write('a')], [write('b')]))
    const lines = new ProgramLines(nonce)
    const { ending } = await host.session.request(text, { purpose: 'program', onStdout: lines.push })
    expect(ending).toEqual({ signal: 'SIGKILL' })
    expect(lines.all.at(-1)).toEqual({ type: 'done', item: 's1.h1.2', step: 0 })
  })

  test('ends before its next step when nobody reads any more', async () => {
    const { text } = program(items([`sleep 0.3; ${write('a')}`], [write('b')]))
    // The first line is read, then the reader is gone.
    await host.session.request(`( eval "$(cat <<'PROGRAM'\n${text}PROGRAM\n)" ) | head -n 1`, { purpose: 'program' })
    expect([host.has('a'), host.has('b')]).toEqual([true, false])
  })

  test('writes nothing while another run holds the host, and says who does', async () => {
    const other = await host.connect()
    const all = items([write('a')])
    const { text, nonce } = program(all)
    const lines = new ProgramLines(nonce)
    await other.request(text, { purpose: 'program', onStdout: lines.push })
    expect(lines.all).toEqual([
      {
        type: 'stopped',
        why: 'locked',
        words: expect.stringMatching(/^ann@ops1 runs site\.yml; its shell on this host is process \d+\n$/),
      },
    ])
    expect(host.has('a')).toBe(false)
  })

  test('holds the host by itself where the shell that took it was lost', async () => {
    await host.session.request('kill -9 "$PPID"', { purpose: 'program' }).catch(() => undefined)
    const held = `if flock -n ${host.local('/run/netplay')}/lock true; then echo free; else echo held; fi >${host.folder}/told`
    // A shell of its own, which has no descriptor of the program.
    const lines = await run(items([`sh -c '${held}' 9>&-`]))
    expect(lines.at(-1)).toEqual({ type: 'end' })
    expect(await host.read('told')).toBe('held\n')
  })

  test('leaves no lock with a process that a step leaves running', async () => {
    const lines = await run(items([`sleep 30 >/dev/null 2>&1 & echo $! >${host.folder}/pid`]))
    expect(lines.at(-1)).toEqual({ type: 'end' })
    await host.session.close()
    const other = await host.connect()
    const pid = Number(await host.read('pid'))
    expect(() => process.kill(pid, 0)).not.toThrow()
    await untilUnlocked(other)
    await lockHost(other, 'bob')
    process.kill(pid)
  })
})
