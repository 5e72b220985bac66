import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { start } from '../../lab/command.js'
import { ansibleCache, ansibleIn } from './ansible-core.js'

export interface Refused {
  refused: string
}
export interface PatternCase {
  pattern: string | string[]
  limit?: string
}

/** An answer takes some ten milliseconds; on a busy machine a hundred times that. */
const answerMs = 60_000

/**
 * ansible-core in one Python process that stays warm: a start of ansible costs half a second, an answer some milliseconds.
 * A source that it cannot read is refused, as in netplay: by itself it would only warn.
 */
export class AnsibleOracle {
  private readonly waiting: { answered: (line: string) => void; failed: (error: Error) => void }[] = []
  private stderr = ''
  private gone: Error | undefined

  private constructor(
    private readonly child: ChildProcess,
    private readonly home: string,
  ) {
    createInterface({ input: child.stdout! }).on('line', line => this.waiting.shift()?.answered(line))
    child.stderr!.on('data', chunk => (this.stderr = `${this.stderr}${chunk}`.slice(-4000)))
    child.on('close', code => {
      this.gone = new Error(`the oracle ended with ${code}: ${this.stderr}`)
      for (const { failed } of this.waiting.splice(0)) failed(this.gone)
    })
  }

  /** @throws {Error} with what to do where ansible-core cannot be installed */
  static async start(): Promise<AnsibleOracle> {
    const bin = await ansibleIn(ansibleCache(), line => void process.stderr.write(`== ${line}\n`))
    const home = await mkdtemp(join(tmpdir(), 'netplay-oracle-'))
    // An empty one of our own: nothing of this machine's configuration counts.
    const config = join(home, 'ansible.cfg')
    await writeFile(config, '[defaults]\n')
    const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ANSIBLE_')))
    const env = {
      ...own,
      HOME: home,
      LC_ALL: 'C.UTF-8',
      ANSIBLE_HOME: home,
      ANSIBLE_CONFIG: config,
      ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'True',
      ANSIBLE_INVENTORY_UNPARSED_FAILED: 'True',
    }
    return new AnsibleOracle(start([join(bin, 'python3'), join(import.meta.dirname, 'oracle.py')], 'pipe', { env }), home)
  }

  /** What `ansible-inventory ARGV` prints, without its final newline. */
  inventory(cwd: string, argv: readonly string[]): Promise<{ output: string } | Refused> {
    return this.ask({ op: 'inventory', cwd, argv })
  }

  /** The names of the hosts that a play of each pattern runs on, all against one inventory. */
  hosts(cwd: string, sources: readonly string[], cases: readonly PatternCase[]): Promise<{ hosts: (string[] | Refused)[] } | Refused> {
    return this.ask({ op: 'hosts', cwd, sources, cases })
  }

  /** Settings by Ansible's names, and options of its ssh plugin, with variables of their own; `cwd` may hold an ansible.cfg. */
  settings(
    cwd: string,
    { env, names, plugin }: { env: Record<string, string>; names: readonly string[]; plugin: readonly string[] },
  ): Promise<{ values: Record<string, { value: unknown; origin: string }> } | Refused> {
    return this.ask({ op: 'settings', cwd, env, names, plugin })
  }

  async stop(): Promise<void> {
    const ended = this.child.exitCode === null ? once(this.child, 'close') : undefined
    this.child.stdin!.end()
    await ended
    await rm(this.home, { recursive: true, force: true })
  }

  private async ask<T>(request: object): Promise<T> {
    if (this.gone) throw this.gone
    const line = await new Promise<string>((answered, failed) => {
      const timer = setTimeout(() => failed(new Error(`the oracle does not answer: ${this.stderr}`)), answerMs)
      const done = () => clearTimeout(timer)
      this.waiting.push({
        answered: line => (done(), answered(line)),
        failed: error => (done(), failed(error)),
      })
      this.child.stdin!.write(`${JSON.stringify(request)}\n`)
    })
    return JSON.parse(line) as T
  }
}
