import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identityFiles, knownHostsLines } from '../../lab/seed.js'

const host = {
  name: 'n2',
  address: '198.18.1.12',
  gateway: '198.18.1.254',
  segment: 2 as const,
  docker: false,
  python: false,
  image: '/image',
}
const content = (path: string) => identityFiles(host).find(file => file.path === path)?.content

test('a host has a name, a static address and a gateway', () => {
  expect(content('etc/hostname')).toBe('n2\n')
  expect(content('etc/hosts')).toContain('198.18.1.12 n2\n')
  expect(content('etc/systemd/network/10-host0.network')).toMatch(/Name=host0\n(.*\n)*Address=198.18.1.12\/24\nGateway=198.18.1.254\n/)
})

test('each making of a host has a machine id of its own', () => {
  expect(content('etc/machine-id')).toMatch(/^[0-9a-f]{32}\n$/)
  expect(content('etc/machine-id')).not.toBe(content('etc/machine-id'))
})

test('known hosts are the keys in the host’s files, by name and address', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'seed-'))
  await mkdir(join(folder, 'etc/ssh'), { recursive: true })
  await writeFile(join(folder, 'etc/ssh/ssh_host_ed25519_key.pub'), 'ssh-ed25519 AAAA n2\n')
  await writeFile(join(folder, 'etc/ssh/ssh_host_ecdsa_key.pub'), 'ecdsa-sha2-nistp256 BBBB n2\n')
  expect(await knownHostsLines(folder, host)).toEqual(['n2,198.18.1.12 ssh-ed25519 AAAA', 'n2,198.18.1.12 ecdsa-sha2-nistp256 BBBB'])
})
