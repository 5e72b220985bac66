import { jest } from '@jest/globals'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { main } from '../../src/cli/main.js'
import { makeFakeSudo } from '../support/fake-sudo.js'
import { inPrivatePlace } from '../support/private-session.js'
import { SshClient } from '../support/ssh-client.js'
import { runCommand } from '../support/sshd.js'
import { inline, vaulted, vaultPassword } from '../support/vaulted.js'

const role = `import { defineRole, file, secretText } from 'netplay'

export default defineRole({
  name: 'site',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['folder', 'password', 'token'],
    properties: {
      folder: { type: 'string' },
      password: { type: 'string', secret: true },
      token: { type: 'string', secret: true },
      shown: { type: 'string', default: 'nothing' },
    },
  } as const,
  tasks: ({ params }) => [
    file('Write the configuration', { path: params.folder + '/app.conf', content: secretText\`password=\${params.password}\\ntoken=\${params.token}\\n\` }),
    file('Write the key', { path: params.folder + '/key.pem', source: { path: 'files/key.pem' } }),
    file('Write the notice', { path: params.folder + '/notice', content: 'shown: ' + params.shown + '\\n' }),
  ],
})
`

export interface Ran {
  code: number | null
  /** standard output and error */
  output: string
}

/** A host that asks for sudo's password, and a playbook with everything that can be secret in vaults. */
export async function openVaultStory(secrets: { become: string; password: string; token: string; key: string }) {
  const client = await SshClient.make()
  const sudo = await makeFakeSudo({ password: secrets.become })
  const env = { ...process.env, PATH: `${sudo.folder}:${process.env['PATH']}` }
  const sshd = await client.sshd({ onExec: (channel, command) => runCommand(channel, inPrivatePlace(command), env) })
  const folder = client.folder
  const written = join(folder, 'written')
  const stateDir = join(folder, 'state')
  const ssh = `ansible_user=anna ansible_ssh_private_key_file=${client.keyFile} ansible_ssh_common_args='-o UserKnownHostsFile=${client.knownHostsFile}'`
  const files = {
    'hosts.ini': `[web]\nn1 ansible_host=127.0.0.1 ansible_port=${sshd.port} ${ssh}\n`,
    'group_vars/all/vault.yml': vaulted(`ansible_become_password: ${secrets.become}\n`),
    'group_vars/all/vars.yml': `site_folder: ${written}\n${inline('site_password', secrets.password)}`,
    'site.yml': `- hosts: web\n  become: true\n  vars:\n${inline('site_token', secrets.token, '    ')}  roles: [site]\n`,
    'files/key.pem': vaulted(`${secrets.key}\n`),
    'roles/site/role.ts': role,
    'vault-pw': `${vaultPassword}\n`,
    'written/.here': '',
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return {
    path: (name: string) => join(folder, name),
    written: (name: string) => readFile(join(written, name), 'utf8'),
    netplay: (...argv: string[]) => netplay(argv, { NETPLAY_STATE_DIR: stateDir, XDG_CACHE_HOME: join(folder, 'cache') }),
    /** all that netplay kept of its runs, by file */
    kept: async () => textsBelow(stateDir),
    close: () => client.close(),
  }
}

/** The command line in this process: what it writes to standard output and error is caught. */
export async function netplay(argv: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const before = { ...process.env }
  Object.assign(process.env, { NO_COLOR: '1', ...env })
  const chunks: Buffer[] = []
  const caught = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    chunks.push(Buffer.from(chunk as string))
    for (const done of rest) if (typeof done === 'function') (done as () => void)()
    return true
  }
  const spies = [process.stdout, process.stderr].map(stream => jest.spyOn(stream, 'write').mockImplementation(caught as never))
  try {
    const code = await main(argv)
    return { code, output: Buffer.concat(chunks).toString() }
  } finally {
    for (const spy of spies) spy.mockRestore()
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
  }
}

async function textsBelow(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  return Object.fromEntries(await Promise.all(files.map(async file => [file, await readFile(file, 'utf8')] as const)))
}

/** The forms in which a text could be hidden in another: as it is, in base64 wherever it starts, in hex, by its plain digest. */
export function leaksOf(needle: string, text: string): string[] {
  const bytes = Buffer.from(needle)
  const inBase64 = [0, 1, 2].map(shift =>
    Buffer.concat([Buffer.alloc(shift, 'x'), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  )
  const json = (text: string) => JSON.stringify(text).slice(1, -1)
  const forms = [
    needle,
    json(needle),
    json(json(needle)),
    encodeURIComponent(needle),
    ...inBase64,
    bytes.toString('hex'),
    createHash('sha256').update(bytes).digest('hex'),
  ]
  return forms.filter(form => text.toLowerCase().includes(form.toLowerCase()))
}
