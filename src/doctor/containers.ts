/** What docker or containerd says of one container. */
export interface Container {
  id: string
  name: string
  image: string
  isRunning: boolean
  /** `no`, `always`, `on-failure`, `unless-stopped`; empty: no */
  restart: string
  /** `KEY=value` */
  env: string[]
  /** what `birdcl show protocols` prints in it; empty: no BIRD answers there */
  bird: string[]
  /** how an admin asks for the same */
  asks: { inspect: string; bird: string }
}

/** One JSON object a line, of `docker inspect`; a line that is none is left out. */
export const dockerContainers = (lines: readonly string[], bird: ReadonlyMap<string, string[]>): Container[] =>
  lines.flatMap((line): Container[] => {
    const said = objectIn(line)
    if (said === undefined) return []
    const [id, name] = [textAt(said, 'id'), textAt(said, 'name').replace(/^\//, '')]
    return [
      {
        id,
        name,
        image: textAt(said, 'image'),
        isRunning: said['running'] === true,
        restart: textAt(said, 'restart'),
        env: textsAt(said, 'env'),
        bird: bird.get(id) ?? [],
        asks: { inspect: `docker inspect ${name}`, bird: `docker exec ${name} birdcl show protocols` },
      },
    ]
  })

/**
 * `ctr containers info` of one. nerdctl's have a hash for an id, their name and restart policy as labels. Source: nerdctl pkg/labels,
 * containerd runtime/restart.
 * @returns none where the lines are no JSON: it went away meanwhile
 */
export function containerdContainer(lines: readonly string[], isRunning: boolean, bird: readonly string[]): Container[] {
  const said = objectIn(lines.join('\n'))
  if (said === undefined) return []
  const id = textAt(said, 'ID')
  const labels = objectAt(said, 'Labels')
  return [
    {
      id,
      name: textAt(labels, 'nerdctl/name') || id,
      image: textAt(said, 'Image'),
      isRunning,
      restart: textAt(labels, 'containerd.io/restart.policy'),
      env: textsAt(objectAt(objectAt(said, 'Spec'), 'process'), 'env'),
      bird: [...bird],
      asks: { inspect: `ctr containers info ${id}`, bird: `ctr tasks exec --exec-id 1 ${id} birdcl show protocols` },
    },
  ]
}

type Said = Record<string, unknown>

function objectIn(text: string): Said | undefined {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

const asObject = (value: unknown): Said | undefined => (typeof value === 'object' && value !== null ? (value as Said) : undefined)
const objectAt = (said: Said, name: string): Said => asObject(said[name]) ?? {}
const textAt = (said: Said, name: string): string => (typeof said[name] === 'string' ? said[name] : '')
const textsAt = (said: Said, name: string): string[] =>
  Array.isArray(said[name]) ? said[name].filter((each): each is string => typeof each === 'string') : []
