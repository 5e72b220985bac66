import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from './command.js'
import { partsSource } from './parts-source.js'

/**
 * A go.mod that builds flannel without a C compiler: on amd64 its udp backend is partly written in C. It names a copy of
 * flannel's sources in which that backend is built as on every other architecture, where flannel refuses it.
 * So the binaries are static and run on any host, whatever libc this machine has.
 * @param folder an empty folder that stays until the builds are done
 * @returns path for `go build -modfile`
 */
export async function flannelWithoutC(goCommand: string, env: NodeJS.ProcessEnv, folder: string): Promise<string> {
  const source = partsSource()
  const told = await must([goCommand, 'mod', 'download', '-json', 'github.com/flannel-io/flannel'], { cwd: source, env })
  const { Dir: original } = JSON.parse(told) as { Dir: string }
  const copy = join(folder, 'flannel')
  for (const part of ['go.mod', 'main.go', 'pkg']) await cp(join(original, part), join(copy, part), { recursive: true })
  // The module cache is read-only, and so is a copy of it.
  await must(['chmod', '-R', 'u+w', copy])
  await withoutUdp(join(copy, 'pkg', 'backend', 'udp'))
  const goMod = await readFile(join(source, 'go.mod'), 'utf8')
  const absolute = goMod.replaceAll('=> ./', `=> ${source}/`)
  await writeFile(join(folder, 'lab.mod'), `${absolute}\nreplace github.com/flannel-io/flannel => ${copy}\n`)
  await cp(join(source, 'go.sum'), join(folder, 'lab.sum'))
  return join(folder, 'lab.mod')
}

async function withoutUdp(folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    const path = join(folder, file)
    if (/_amd64\.[ch]$|_amd64\.go$/.test(file)) await rm(path)
    else if (file.endsWith('.go')) await writeFile(path, withoutArchitecture(await readFile(path, 'utf8')))
  }
}

const withoutArchitecture = (text: string) =>
  text.replace(/^\/\/go:build !amd64 && !windows\n(\/\/ \+build .*\n)?/m, '//go:build !windows\n')
