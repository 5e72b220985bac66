import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { machineSources, oneLineEntries, stanzas } from '../../lab/apt-sources.js'

test('of one-line sources those of the release are taken, with their options', () => {
  const text = `# deb http://mirror.test/debian bookworm main
deb [signed-by=/usr/share/keyrings/x.gpg arch=amd64] http://mirror.test/debian bookworm main contrib
deb-src http://mirror.test/debian bookworm main
deb http://mirror.test/debian bookworm-security main
deb http://tools.test/apt tools-bookworm main
deb cdrom:[Debian] bookworm main
`
  expect(oneLineEntries(text, 'bookworm').map(entry => entry.text)).toEqual([
    'deb [signed-by=/usr/share/keyrings/x.gpg arch=amd64] http://mirror.test/debian bookworm main contrib',
    'deb http://mirror.test/debian bookworm-security main',
  ])
})

test('of stanzas those are taken whose suites are all of the release, without comments', () => {
  const text = `Types: deb
# where it was snapshot
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://tools.test/node
Suites: nodistro
Components: main

Enabled: no
Types: deb
URIs: http://off.test/debian
Suites: bookworm
Components: main
`
  expect(stanzas(text, 'bookworm')).toEqual([
    {
      text: 'Types: deb\nURIs: http://mirror.test/debian\nSuites: bookworm bookworm-updates\nComponents: main',
      suites: ['bookworm', 'bookworm-updates'],
    },
  ])
})

test('a machine of another release has no sources for the image', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'apt-'))
  await mkdir(join(folder, 'sources.list.d'))
  await writeFile(join(folder, 'sources.list'), 'deb http://mirror.test/ubuntu jammy main\n')
  expect(await machineSources('bookworm', folder)).toBeUndefined()
  await writeFile(join(folder, 'sources.list.d/debian.list'), 'deb http://mirror.test/debian bookworm main\n')
  expect(await machineSources('bookworm', folder)).toEqual({ list: 'deb http://mirror.test/debian bookworm main\n', sources: '' })
})
