import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { machineSources } from './apt-sources.js'
import { must } from './command.js'
import type { Say } from './model.js'

/**
 * The layer that the images for BGP share: busybox, Debian's BIRD 1.6 and iptables, with the libraries they need and nothing else.
 * Packages are unpacked, never installed: 8 MB instead of 80.
 * @param tarball where to write it; @param scratch an empty folder
 */
export async function buildBaseLayer(tarball: string, scratch: string, say: Say): Promise<void> {
  say('unpacking BIRD and iptables for the images that speak BGP, once; about ten seconds')
  const [tree, root] = [join(scratch, 'packages'), join(scratch, 'root')]
  await mkdir(root, { recursive: true })
  const options = ['--quiet', '--mode=root', '--variant=extract', `--include=${packages.join(',')}`]
  await must(['mmdebstrap', ...options, suite, tree, ...(await sourceFiles(scratch))])
  await must(['sh', '-c', pick, 'pick', tree, root])
  await must([...tarOf(root), '-f', tarball, '.'])
  await rm(tree, { recursive: true })
}

/** What tells one base layer from another. */
export const baseRecipe = (): string =>
  createHash('sha256')
    .update(JSON.stringify([suite, packages, pick, process.arch]))
    .digest('hex')

/** A tar of a folder that is the same bytes whenever the folder has the same files. */
export const tarOf = (folder: string): string[] => [
  ...['tar', '-C', folder, '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '-c'],
]

const suite = 'bookworm'
const packages = ['bird', 'iptables', 'busybox-static']

async function sourceFiles(folder: string): Promise<string[]> {
  const { list = '', sources = '' } = (await machineSources(suite)) ?? {}
  const files = Object.entries({ list, sources }).filter(([, text]) => text !== '')
  await Promise.all(files.map(([name, text]) => writeFile(join(folder, `machine.${name}`), text)))
  return files.map(([name]) => join(folder, `machine.${name}`))
}

/** Libraries go to /lib, where every loader looks; plugins of iptables stay at the path it was built with. */
const pick = `set -eu
tree=$1 root=$2
mkdir -p "$root/bin" "$root/sbin" "$root/usr/sbin" "$root/usr/bin" "$root/lib" "$root/lib64" "$root/usr/lib" "$root/tmp" "$root/run" "$root/etc"
mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/usr/share/doc"
mkdir -p "$root/var"; ln -s ../run "$root/var/run"
cp -L "$tree/bin/busybox" "$root/bin/busybox"
for name in sh ash ls cat ps sleep grep sed ip ping kill mkdir rm ln tail head wc env id date hostname mount wget; do ln -s busybox "$root/bin/$name"; done
cp -L "$tree/usr/sbin/bird" "$tree/usr/sbin/birdc" "$tree/usr/sbin/xtables-nft-multi" "$root/usr/sbin/"
for name in iptables iptables-save iptables-restore; do ln -s xtables-nft-multi "$root/usr/sbin/$name"; done
# calico's own client is called so; Debian has only the one with line editing, which answers the same.
ln -s ../usr/sbin/birdc "$root/bin/birdcl"
for library in libc.so.6 libm.so.6 libpthread.so.0 libdl.so.2 libreadline.so.8 libtinfo.so.6 libxtables.so.12 libnftnl.so.11 libmnl.so.0 libip4tc.so.2 libip6tc.so.2; do
  found=$(find "$tree" -name "$library" | head -n 1)
  cp -L "$found" "$root/lib/$library"
done
for loader in $(find "$tree/lib" "$tree/usr/lib" "$tree/lib64" -name 'ld-linux*.so.*' 2> /dev/null); do
  [ -e "$loader" ] || continue
  cp -L "$loader" "$root/lib/"; cp -L "$loader" "$root/lib64/"
done
(cd "$tree/usr/lib" && find . -type d -name xtables) | while read -r plugins; do
  mkdir -p "$root/usr/lib/$(dirname "$plugins")"
  cp -R "$tree/usr/lib/$plugins" "$root/usr/lib/$(dirname "$plugins")/"
done
find "$root/usr/lib" -name 'libip6t_*' -delete
for package in bird iptables busybox-static libc6 libreadline8 libtinfo6 libxtables12 libnftnl11 libmnl0 libip4tc2 libip6tc2; do
  mkdir -p "$root/usr/share/doc/$package"
  cp -L "$tree/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/" 2> /dev/null || true
done
`
