import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { completionScript, type Shell } from '../../src/cli/completion.js'
import { inFolder } from '../support/playbook-folder.js'

const source = resolve('.')
/** Answers as netplay when it is asked to complete; else writes down with what it was called. */
const netplay = `#!/bin/sh
if [ "$1" = --complete ]; then exec '${process.execPath}' --import '${source}/node_modules/tsx/dist/esm/index.mjs' '${source}/src/cli/main.ts' "$@"; fi
printf '[%s]' "$@" >>called
echo >>called
`
const installed = (shell: string) => ['/bin', '/usr/bin'].some(folder => existsSync(join(folder, shell)))
const inShell = (shell: Shell) => (installed(shell) || process.env.CI !== undefined ? test : test.skip)

/** How a shell is started on a terminal of its own, with the script in `completion`. */
const started: Record<Shell, string> = {
  bash: 'bash --norc -i',
  zsh: 'zsh -f -i',
  fish: 'fish --private',
}
const setUp: Record<Shell, string> = {
  bash: 'source ./completion',
  zsh: 'autoload -U compinit; compinit -u -D; source ./completion',
  fish: 'source ./completion',
}

/** Each line is typed, then Tab, then Enter. @returns the arguments of each call */
async function typed(shell: Shell, lines: readonly string[]): Promise<string[]> {
  const files = { netplay, completion: completionScript(shell), 'site.yml': '', 'hosts.ini': '[web]\nn1\n', 'two words.plan': '' }
  return inFolder(files, async dir => {
    chmodSync('netplay', 0o755)
    mkdirSync('inventories/eu', { recursive: true })
    const env = { ...process.env, NODE_OPTIONS: '', PATH: `${dir}:${process.env.PATH}`, HOME: dir, TERM: 'dumb', XDG_CONFIG_HOME: dir }
    const child = spawn('script', ['-qec', started[shell], '/dev/null'], { env, stdio: ['pipe', 'ignore', 'inherit'] })
    const ended = new Promise(done => child.on('close', done))
    child.stdin.write(`${setUp[shell]}\n`)
    for (const line of lines) child.stdin.write(`${line}\t\n`)
    child.stdin.end('exit\n')
    await ended
    return readFileSync('called', 'utf8').trimEnd().split('\n')
  })
}

const lines: [string, string][] = [
  ['netplay doct', '[doctor]'],
  ['netplay vault dec', '[vault][decrypt]'],
  ['netplay sit', '[site.yml]'],
  ['netplay site.yml --che', '[site.yml][--check]'],
  ['netplay site.yml --output j', '[site.yml][--output][json]'],
  ['netplay site.yml --output=j', '[site.yml][--output=json]'],
  ['netplay site.yml -i hosts.ini -l we', '[site.yml][-i][hosts.ini][-l][web]'],
  ['netplay site.yml -i hosts.ini -l all:n', '[site.yml][-i][hosts.ini][-l][all:n1]'],
  ['netplay site.yml -l @sit', '[site.yml][-l][@site.yml]'],
  ['netplay show two', '[show][two words.plan]'],
  ['netplay site.yml -i inventories/e', '[site.yml][-i][inventories/eu/]'],
]

for (const shell of ['bash', 'zsh'] as const)
  inShell(shell)(`${shell} completes commands, options, values, files, hosts and groups`, async () => {
    expect(
      await typed(
        shell,
        lines.map(([line]) => line),
      ),
    ).toEqual(lines.map(([, called]) => called))
  })

inShell('fish')('fish completes commands, options, values, files, hosts and groups', async () => {
  const asked = lines.map(([line]) => `complete -C '${line}'; echo END`).join('\n')
  const files = {
    netplay,
    completion: completionScript('fish'),
    'site.yml': '',
    'hosts.ini': '[web]\nn1\n',
    'two words.plan': '',
    ask: `source ./completion\n${asked}`,
  }
  const out = await inFolder(files, async dir => {
    chmodSync('netplay', 0o755)
    mkdirSync('inventories/eu', { recursive: true })
    const env = { ...process.env, NODE_OPTIONS: '', PATH: `${dir}:${process.env.PATH}`, HOME: dir, XDG_CONFIG_HOME: dir }
    const child = spawn('fish', ['--private', 'ask'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', part => (text += String(part)))
    await new Promise(done => child.on('close', done))
    return text
  })
  const values = out
    .split('END\n')
    .slice(0, -1)
    .map(part =>
      part
        .split('\n')
        .filter(Boolean)
        .map(line => line.split('\t')[0]),
    )
  expect(values).toEqual(lines.map(([, called]) => [/\[([^\]]*)\]$/.exec(called)![1]]))
})
