import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { containerImage, containerImageKind } from '../../src/resources/container-image.js'
import { resourceContract, type ContractCase } from './contract.js'
import { describeOnHost, openPrivateHost, patience, resetHost, type PrivateHost } from './private-host.js'
import { systemContract } from './system-contract.js'

const image = 'docker.io/calico/node:v3.31.7'
const [loaded, other] = ['ab'.repeat(32), 'cd'.repeat(32)]
const folder = mkdtempSync(join(tmpdir(), 'netplay-image-'))
const archive = join(folder, 'node.tar')
writeFileSync(join(folder, 'manifest.json'), JSON.stringify([{ Config: `blobs/sha256/${loaded}`, RepoTags: [image] }]))
execFileSync('tar', ['-C', folder, '-cf', archive, 'manifest.json'])
afterAll(() => rmSync(folder, { recursive: true }))

/** Runtimes that keep their images as files of /var/images, a name each with its id and no time of its own; they answer as the real ones do. */
const runtimes = `
mkdir -p /var/images
cat >/usr/local/bin/docker <<'END'
#!/bin/sh
at() { printf '/var/images/%s' "$(printf %s "$1" | tr / %)"; }
name() { echo "$1" >"$(at "$2")" && touch -d @0 "$(at "$2")"; }
case "$1 $2" in
'image inspect') cat "$(at "$5")" 2>/dev/null || { echo "Error response from daemon: No such image: $5" >&2; exit 1; } ;;
'pull -q') name sha256:${other} "$3" ;;
'load -i') tar -xOf "$3" manifest.json | grep -q ${loaded} ;;
'tag '*) name "$2" "$3" ;;
'rmi -f') rm "$(at "$3")" ;;
*) echo "unknown: $*" >&2; exit 1 ;;
esac
END
cat >/usr/local/bin/ctr <<'END'
#!/bin/sh
at() { printf '/var/images/%s' "$(printf %s "$1" | tr / %)"; }
case "$2" in
ls) [ ! -e "$(at "\${4#name==}")" ] || echo "\${4#name==}" ;;
pull) : >"$(at "$3")" ;;
rm) rm "$(at "$3")" ;;
*) echo "unknown: $*" >&2; exit 1 ;;
esac
END
chmod 755 /usr/local/bin/docker /usr/local/bin/ctr; cp /usr/local/bin/docker /usr/local/bin/nerdctl`
const imageFile = `/var/images/${image.replaceAll('/', '%')}`
const holds = (id: string) => `echo sha256:${id} >${imageFile}; touch -d @0 ${imageFile}`
const shells = ['dash', 'bash'] as const

const brought: ContractCase<Parameters<typeof containerImage>[1]>[] = [
  { name: 'an image from a tarball', arrange: runtimes, desired: { image, archive }, changes: ['image'], shells },
  {
    name: 'another image of the same name',
    arrange: `${runtimes}\n${holds(other)}`,
    desired: { image, archive, runtime: 'nerdctl' },
    changes: ['image'],
    shells,
  },
  { name: 'the image that is wanted', arrange: `${runtimes}\n${holds(loaded)}`, desired: { image, archive }, changes: [], shells },
  { name: 'an image that nobody asks which', arrange: `${runtimes}\n${holds(loaded)}`, desired: { image }, changes: [], shells },
]
resourceContract(containerImageKind, brought, { disturb: () => holds('ef'.repeat(32)) })

describeOnHost('images that the host pulls by itself', () => {
  let host: PrivateHost
  beforeAll(async () => void (host = await openPrivateHost()), patience)
  afterAll(() => host.close())
  const pulled = (['docker', 'nerdctl', 'ctr'] as const).map(runtime => ({
    title: `an image pulled by ${runtime}`,
    arrange: `${resetHost}${runtimes}`,
    tasks: [containerImage('pull', { image, runtime })],
    look: 'ls -A /var/images; cat /var/images/* 2>/dev/null || :',
  }))
  systemContract(
    () => async script => {
      const reply = await host.with('dash')(script)
      return { ...reply, stderr: reply.stderr.toString() }
    },
    pulled,
  )
})
