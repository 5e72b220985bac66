import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'

/** Packages that stay outside: they have a native part, or find files of their own, or are loaded in few runs only. */
const outside = ['ssh2', 'etcd3', 'jiti', 'listr2', 'read', 'tar', 'undici']

/**
 * `tsx build/bundle.ts FOLDER`: netplay as it is run. Reading three hundred modules and the packages they need one by one took more of a check
 * than the hosts did; here each command reads a few files. Each role is an entry beside the others: a plan pins what it is made of.
 */
async function bundle(folder: string): Promise<void> {
  const roles = readdirSync('roles')
    .map(name => `roles/${name}/role.ts`)
    .filter(file => existsSync(file))
  const { metafile } = await build({
    entryPoints: ['src/cli/main.ts', 'src/index.ts', 'lab/cli.ts', ...roles],
    outbase: '.',
    outdir: folder,
    bundle: true,
    splitting: true,
    // The depth of src/cli, from where `roles/` and package.json are found.
    chunkNames: 'src/shared/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: outside,
    plugins: [requiredPlainly],
    alias: { netplay: './src/index.ts' },
    // Some of the packages are CommonJS.
    banner: { js: "import { createRequire as netplayRequire } from 'node:module'; const require = netplayRequire(import.meta.url)" },
    sourcemap: 'linked',
    metafile: true,
    logLevel: 'warning',
  })
  await writeFile(join(folder, 'LICENSES.txt'), licensesOf(metafile))
  await chmod(join(folder, 'src/cli/main.js'), 0o755)
}

/** ssh2 is CommonJS. When it is imported, Node reads it twice: first for the names of what it exports. */
const requiredPlainly: Plugin = {
  name: 'required plainly',
  setup(building) {
    building.onResolve({ filter: /^ssh2$/ }, ({ path, kind }) =>
      kind === 'require-call' ? { external: true } : { path, namespace: 'required' },
    )
    building.onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({ contents: `module.exports = require('${path}')` }))
  },
}

/** The licence of each package that is compiled in, as it asks for. */
function licensesOf({ inputs }: Metafile): string {
  const packages = Object.keys(inputs).flatMap(file => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])
  return [...new Set(packages)]
    .sort()
    .map(path => `${nameOf(path)}\n\n${licenseIn(path)}`)
    .join(`\n${'-'.repeat(80)}\n`)
}

function nameOf(path: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Record<string, unknown>
  return `${String(name)} ${String(version)} (${String(license)})`
}

/** Some packages come with a word in package.json and no text. */
function licenseIn(path: string): string {
  const file = readdirSync(path).find(name => /^licen[cs]e/i.test(name))
  return file === undefined ? '' : readFileSync(join(path, file), 'utf8')
}

await bundle(process.argv[2]!)
