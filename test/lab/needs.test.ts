import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missingPackages } from '../../lab/needs.js'

test('packages whose programs are missing are named once each', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'path-'))
  expect(missingPackages(folder).sort()).toEqual([
    'iproute2',
    'mmdebstrap',
    'mount',
    'openssh-client',
    'openssl',
    'systemd-container',
    'util-linux',
  ])
  await writeFile(join(folder, 'ip'), '#!/bin/sh\n', { mode: 0o755 })
  await writeFile(join(folder, 'mmdebstrap'), 'not a program', { mode: 0o644 })
  expect(missingPackages(`/nowhere:${folder}`).sort()).toEqual([
    'mmdebstrap',
    'mount',
    'openssh-client',
    'openssl',
    'systemd-container',
    'util-linux',
  ])
})
