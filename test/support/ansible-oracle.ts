import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pythonWithAnsible } from './ansible-core.js'

/** What ansible-core said of one template or variable; floats as `{ __float__: '1.0' }`. */
export type Answer = { value: unknown } | { error: string }

/** A layout of files and what to ask of it. */
export interface Layout {
  sources: string[]
  playbook_dir: string
  play: Record<string, unknown>
  extra: Record<string, unknown>
  host: string
  names: string[]
}

export interface Oracle {
  templates(templates: readonly string[], variables: Record<string, unknown>): Promise<Answer[]>
  layout(layout: Layout): Promise<Record<string, Answer>>
  end(): void
}

/** One warm process of ansible-core, in a virtual environment that is made once and kept; a start costs a second. */
export async function openOracle(): Promise<Oracle> {
  const python = spawn(await pythonWithAnsible(), [join(import.meta.dirname, 'ansible-oracle.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]()
  const ask = async <T>(request: object): Promise<T> => {
    python.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error('the oracle ended')
    const reply = JSON.parse(value) as T & { failed?: string }
    if (reply.failed !== undefined) throw new Error(`the oracle: ${reply.failed}`)
    return reply
  }
  return {
    templates: async (templates, variables) => (await ask<{ results: Answer[] }>({ templates, variables })).results,
    layout: async layout => (await ask<{ values: Record<string, Answer> }>({ layout })).values,
    end: () => void python.stdin.end(),
  }
}
