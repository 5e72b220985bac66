import { sh, type CheckKind } from 'netplay'
import { bad, sectionsOf } from './verdict.js'

export interface CniParams {
  folder: string
  binDir: string
  /** name of our file */
  ours: string
  plugins: string[]
}

/** What a container runtime would find: our configuration first, whole, and every plugin that it names. Source: networking.md 3.5. */
export const cniReady: CheckKind<CniParams> = {
  kind: 'cni-ready',
  scope: 'host',
  probe: ({ folder, binDir, ours, plugins }) => sh`
    echo --files
    cd ${folder} 2>/dev/null && for f in *.conf *.conflist *.json; do [ -f "$f" ] && echo "$f"; done
    echo --missing
    for p in ${plugins}; do [ -x ${binDir}/"$p" ] || echo "$p"; done
    echo --ours
    cat ${`${folder}/${ours}`} 2>/dev/null || :`,
  verdict: ({ folder, binDir, ours, plugins }, _seen, { output }) => {
    const sections = sectionsOf(output)
    const lines = (name: string) => (sections.get(name) ?? '').split('\n').filter(Boolean)
    const [first] = lines('files').sort()
    if (first !== ours) return bad(first === undefined ? `no CNI configuration in ${folder}` : `${folder}/${first} comes before ${ours}`)
    const missing = lines('missing')
    if (missing.length > 0) return bad(`CNI plugins cannot be run in ${binDir}: ${missing.join(', ')}`)
    const problem = confProblem(sections.get('ours') ?? '', plugins)
    return problem === undefined ? { holds: true } : bad(`${folder}/${ours} ${problem}`)
  },
}

function confProblem(text: string, plugins: readonly string[]): string | undefined {
  try {
    const conf = JSON.parse(text) as { name?: unknown; cniVersion?: unknown; plugins?: { type?: unknown }[] }
    if (typeof conf.name !== 'string' || typeof conf.cniVersion !== 'string') return 'has no name or no cniVersion'
    const unknown = (conf.plugins ?? []).find(({ type }) => !plugins.includes(String(type)))
    if (unknown !== undefined) return `names a plugin that is not looked after: ${String(unknown.type)}`
    return (conf.plugins ?? []).length === 0 ? 'names no plugins' : undefined
  } catch (error) {
    return `is no JSON: ${(error as Error).message}`
  }
}
