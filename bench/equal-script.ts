import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { check } from './programs.js'
import type { Setting } from './setting.js'

/**
 * One script that asks a host exactly what a check of netplay asks: its facts and its probes, as netplay sent them. Ends with `end`.
 * @returns the script's file
 */
export async function equalScript(setting: Setting): Promise<string> {
  const sent = join(setting.workFolder, 'sent')
  await check(setting, { preload: pathToFileURL(join(setting.benchFolder, 'sent-hook.js')).href, env: { NETPLAY_BENCH_SENT: sent } })
  const texts = scriptsIn(await readFile(sent, 'latin1'))
  if (texts.length !== 2) throw new Error(`a check sent ${texts.length} scripts to a host instead of two`)
  const file = join(setting.workFolder, 'equal.sh')
  await writeFile(file, `${texts.map(text => `(${text}) </dev/null`).join('\n')}\necho end\n`, 'latin1')
  return file
}

/** Source: src/transport/shell-loop.ts. A line with the nonce, then frames: `<id> <bytes> -` and `{ exec </dev/null; eval '…'`. */
function scriptsIn(sent: string): string[] {
  const texts: string[] = []
  let at = sent.indexOf('\n') + 1
  for (let header; (header = /^\d+ (\d+) -\n/.exec(sent.slice(at, at + 40)));) {
    const start = at + header[0].length
    at = start + Number(header[1])
    texts.push(/^\{ exec <\/dev\/null; (eval '[^]*')\nexit \$\?\n\}\n$/.exec(sent.slice(start, at))![1]!)
  }
  return texts
}
