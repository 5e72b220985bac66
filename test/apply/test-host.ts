import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Action, ThingKey } from '../../src/change.js'
import type { HostItem, PlanHost, PlannedThing } from '../../src/plan/plan.js'
import { sh } from '../../src/shell.js'
import type { Reply, RequestOptions, Session } from '../../src/transport/session.js'
import { openLocalSession } from '../support/local-shell.js'

/** This machine as a host: real shells and real frames, with netplay's own folders and all things below one folder. */
export interface TestHost {
  session: Session
  folder: string
  /** another connection to the same host */
  connect(): Promise<Session>
  /** a script, with netplay's folders in it moved below this host's */
  local(script: string): string
  read(path: string): Promise<string>
  write(path: string, text: string): Promise<void>
  has(path: string): boolean
  close(): Promise<void>
}

export interface TestHostOptions {
  name?: string
  /** path of the shell that is `sh` there */
  shell?: string
  env?: NodeJS.ProcessEnv
}

export async function openTestHost({ name = 'h1', shell, env }: TestHostOptions = {}): Promise<TestHost> {
  const folder = await mkdtemp(join(tmpdir(), 'netplay-apply-'))
  const local = (script: string) =>
    script.replaceAll('/var/lib/netplay', join(folder, 'lib')).replaceAll('/run/netplay', join(folder, 'run'))
  const open: Session[] = []
  const connect = async () => {
    const session = movedSession(await openLocalSession({ host: name, sh: shell, env }), local)
    open.push(session)
    return session
  }
  const session = await connect()
  return {
    session,
    folder,
    connect,
    local,
    read: path => readFile(join(folder, path), 'utf8'),
    write: async (path, text) => {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    },
    has: path => existsSync(join(folder, path)),
    close: async () => {
      for (const each of open) await each.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A shell that has been told to end holds its lock until it has: on a busy machine that takes a moment. */
export const untilUnlocked = (session: Session): Promise<Reply> =>
  session.request('flock -w 20 /run/netplay/lock true', { purpose: 'test' })

function movedSession(session: Session, local: (script: string) => string): Session {
  return {
    host: session.host,
    loginUser: session.loginUser,
    requestCounts: session.requestCounts,
    request: (script: string, options: RequestOptions): Promise<Reply> => session.request(local(script), options),
    aside: script => session.aside(local(script)),
    forward: (address, port) => session.forward(address, port),
    close: () => session.close(),
  }
}

/** A thing for plans made by hand: a file of the test host with one word in it. */
export function fileThing(host: TestHost, name: string, chain: string[]): PlannedThing {
  const path = join(host.folder, name)
  const store = `pre.${name.replaceAll('/', '-')}`
  return {
    key: keyOf(name),
    kind: 'test-file',
    chain: chain.map(wordOf),
    fingerprintText: { text: sh`if [ -e ${path} ]; then echo "word=$(cat ${path})"; else echo word=absent; fi`.text },
    save: `[ ! -e ${path} ] || cp ${path} "$NP_STORE/${store}"`,
    undo: { restore: `if [ -e "$NP_STORE/${store}" ]; then cp "$NP_STORE/${store}" ${path}; else rm -f ${path}; fi` },
  }
}

export const keyOf = (name: string): ThingKey => `file:${name}`
export const wordOf = (word: string): string => `word=${word}`

export interface ItemOptions {
  id?: string
  /** what the file holds before; default absent */
  from?: string
  steps?: string[]
  action?: Action
}

/** The item that writes a word into such a file. */
export const fileItem = (
  host: TestHost,
  name: string,
  word: string,
  { id = `s1.${host.session.host}.1`, from = 'absent', steps, action = 'create' }: ItemOptions = {},
): HostItem => ({
  type: 'host',
  id,
  role: 'test',
  task: `Write ${name}`,
  kind: 'test-file',
  key: keyOf(name),
  action,
  changes: action === 'none' ? [] : [{ field: 'word', before: from, after: word }],
  expects: wordOf(from),
  becomes: wordOf(word),
  steps: steps ?? [`printf %s ${word} >${join(host.folder, name)}`],
  slots: [],
})

export const planHost = (things: PlannedThing[], rest: Partial<PlanHost> = {}): PlanHost => ({
  connection: {},
  things,
  slots: [],
  adopt: [],
  ...rest,
})
