import { eachHost } from '../../src/transport/each-host.js'
import { UnreachableError } from '../../src/transport/errors.js'
import { withSessions, type Session } from '../../src/transport/session.js'
import { SshClient } from '../support/ssh-client.js'

describe('withSessions', () => {
  let client: SshClient
  beforeEach(async () => void (client = await SshClient.make()))
  afterEach(() => client.close())

  test('hands over every host in order, the unreachable with its reason, and closes all', async () => {
    const sshd = await client.sshd()
    const connections = ['a', 'down', 'b'].map(host => client.connection(host === 'down' ? 1 : sshd.port, { host }))
    const told: string[] = []
    const kept: Session[] = []
    const result = await withSessions(
      connections,
      {
        onOpened: async session => void told.push(`${session.host} ${(await session.request('echo up', { purpose: 'facts' })).stdout}`),
        onFailed: error => void told.push(error.code),
      },
      async sessions => {
        expect([...sessions.keys()]).toEqual(['a', 'down', 'b'])
        expect(sessions.get('down')).toMatchObject({ code: 'CONNECTION_REFUSED', host: 'down' })
        for (const session of sessions.values()) if (!(session instanceof UnreachableError)) kept.push(session)
        return kept.length
      },
    )
    expect(result).toBe(2)
    expect(told.sort()).toEqual(['CONNECTION_REFUSED', 'a up\n', 'b up\n'])
    for (const session of kept) await expect(session.request(':', { purpose: 'x' })).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
  })

  test('closes all when the body throws', async () => {
    const sshd = await client.sshd()
    let kept: Session | undefined
    const run = withSessions([client.connection(sshd.port)], {}, async sessions => {
      kept = sessions.get('n1') as Session
      throw new RangeError('in the body')
    })
    await expect(run).rejects.toThrow('in the body')
    await expect(kept!.request(':', { purpose: 'x' })).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
  })

  test('many new hosts at once are all written to known_hosts, each once', async () => {
    const servers = await Promise.all(Array.from({ length: 12 }, () => client.sshd()))
    const { writeFile } = await import('node:fs/promises')
    await writeFile(client.knownHostsFile, '')
    const connections = [...servers, ...servers].map((sshd, i) => client.connection(sshd.port, { host: `n${i}`, acceptNew: true }))
    await withSessions(connections, {}, async () => {})
    expect((await client.knownHosts()).trimEnd().split('\n').sort()).toEqual(servers.map(({ knownHost }) => knownHost.trimEnd()).sort())
  })
})

describe('eachHost', () => {
  test('never more than `forks` at once, results in order', async () => {
    let running = 0
    let most = 0
    const results = await eachHost([5, 1, 4, 2, 3], 2, async ms => {
      most = Math.max(most, ++running)
      await new Promise(resolve => setTimeout(resolve, ms))
      running--
      return ms * 10
    })
    expect(results).toEqual([50, 10, 40, 20, 30])
    expect(most).toBe(2)
  })

  test('one failure stops no other and is thrown as it is; several are thrown together', async () => {
    const done: number[] = []
    const work = (bad: number[]) => async (host: number) => {
      await new Promise(resolve => setTimeout(resolve, host))
      if (bad.includes(host)) throw new RangeError(`host ${host}`)
      done.push(host)
    }
    await expect(eachHost([1, 2, 3], 3, work([1]))).rejects.toThrow('host 1')
    expect(done).toEqual([2, 3])
    await expect(eachHost([1, 2, 3], 1, work([1, 3]))).rejects.toMatchObject({ errors: [{ message: 'host 1' }, { message: 'host 3' }] })
  })
})
