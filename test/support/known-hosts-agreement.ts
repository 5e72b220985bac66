import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { hashHostName, hostNames, keyPrint, KnownHosts } from '../../src/transport/known-hosts.js'
import { newKey } from './sshd.js'

const address = fc.constantFrom('n1', 'n2', 'web1.example', 'web2.example', '10.0.0.1', 'fd00::1', 'N1')
const port = fc.constantFrom(22, 2222, 443)
const name = fc.tuple(address, port).map(([host, number]) => hostNames(host, number).name)
const pattern = fc.oneof(
  name,
  fc.constantFrom('*', 'n?', '*.example', 'WEB1.example', '[n1]:*', '[*]:2222', '10.0.0.*', '!n1', '!*.example', '![n1]:2222', '[n1]:22'),
)
const names = fc.oneof(
  fc.array(pattern, { minLength: 1, maxLength: 3 }).map(list => list.join(',')),
  name.map(hashHostName),
)
const marker = fc.constantFrom('', '', '', '@revoked ', '@cert-authority ')
const entry = fc.tuple(marker, names, fc.nat(2), fc.constantFrom(' ', '\t', '  '), fc.constantFrom('', ' a comment', ' # no'))
const odd = fc.constantFrom('', '# n1 ssh-ed25519 AAAA', '   ')
const files = fc.array(fc.oneof({ weight: 6, arbitrary: entry }, { weight: 1, arbitrary: odd }), { minLength: 1, maxLength: 10 })

/** Which lines of generated known_hosts files are a name's, and their fingerprints, is as ssh-keygen says. */
export async function knownHostsAgree(count: number, seed: number): Promise<void> {
  const keys = [0, 1, 2].map(() => newKey().public)
  const property = fc.asyncProperty(files, name, async (lines, wanted) => {
    const text = lines
      .map(line => (typeof line === 'string' ? line : `${line[0]}${line[1]}${line[3]}${keys[line[2]]}${line[4]}`))
      .map(line => `${line}\n`)
      .join('')
    expect(byUs(text, wanted)).toEqual(await byKeygen(text, wanted))
  })
  await fc.assert(property, { numRuns: count, seed, endOnFailure: process.env['CI'] === 'true' })
  process.stderr.write(`known_hosts: ${count} files as ssh-keygen reads them (seed ${seed})\n`)
}

const byUs = (text: string, name: string) =>
  new KnownHosts()
    .addText(text, 'known_hosts')
    .find(name)
    .sort((a, b) => a.line - b.line)
    .map(({ line, marker, key }) => ({ line, marker: marker ?? '', fingerprint: keyPrint(key).fingerprint }))

const run = promisify(execFile)
const markers: Record<string, string> = { CA: 'cert-authority', REVOKED: 'revoked' }

async function byKeygen(text: string, name: string) {
  const folder = await mkdtemp(join(tmpdir(), 'netplay-known-'))
  try {
    await writeFile(join(folder, 'known_hosts'), text)
    // Without a match it ends with 1.
    const { stdout } = await run('ssh-keygen', ['-l', '-F', name, '-f', join(folder, 'known_hosts')]).catch(() => ({ stdout: '' }))
    return [...stdout.matchAll(/^# Host .* found: line (\d+) ?(.*)\n.*(SHA256:\S+)/gm)].map(([, line, marker = '', fingerprint]) => ({
      line: Number(line),
      marker: markers[marker] ?? '',
      fingerprint,
    }))
  } finally {
    await rm(folder, { recursive: true })
  }
}
