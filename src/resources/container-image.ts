import type { Change } from '../change.js'
import { sh, type ShellText } from '../shell.js'
import { ProbeError, RequirementError } from './errors.js'
import { idIn, manifestOf, nameIn } from './image-archive.js'
import { fullImageName } from './image-name.js'
import type { ResourceKind, SlotSource, Sources, ThingKind } from './resource.js'
import { taskOf } from './task.js'

/** An image that the host's container runtime has under a name: pulled by the host, or loaded from a tarball that the controller brings. */
export interface ContainerImage {
  /** whole reference, e.g. `docker.io/calico/node:v3.31.7` */
  image: string
  /** default docker */
  runtime?: 'docker' | 'nerdctl' | 'ctr'
  /** tarball on the controller, as `docker save` writes it: for hosts without a registry. ctr tells images by name alone. */
  archive?: string
  /** of a pull; default 600 */
  timeoutSeconds?: number
}

export interface ImageState {
  /** `absent`; `present`, where nobody asks which; else the id, `sha256:…` of its configuration */
  id: string
  /** the runtime did not answer */
  trouble?: string
}

const thing: ThingKind<ImageState> = {
  fingerprint: ({ id }) => `image=${id}`,
  fingerprintText: key => sh`printf 'image='; ${lookText(partsOf(key))} | sed -n 's/^id //p'`,
  undo: (key, { id }) => {
    const { runtime, image } = partsOf(key)
    if (id === 'present') return {}
    if (id !== 'absent') return { restore: sh`${runtime} tag ${id} ${image}` }
    const remove = runtime === 'ctr' ? ['ctr', 'images', 'rm', image] : [runtime, 'rmi', '-f', image]
    return { restore: sh`${remove} >/dev/null || echo ${`the image ${image} stays: it is in use`} >&2` }
  },
}

export const containerImageKind: ResourceKind<ContainerImage, ImageState> = {
  kind: 'container-image',
  schema: {
    type: 'object',
    required: ['image'],
    additionalProperties: false,
    properties: {
      image: { type: 'string', pattern: '^[\\w][\\w./:@-]*$', maxLength: 255 },
      runtime: { enum: ['docker', 'nerdctl', 'ctr'] },
      archive: { type: 'string', minLength: 1 },
      timeoutSeconds: { type: 'integer', minimum: 1 },
    },
  },
  thing,
  key: ({ image, runtime = 'docker', archive }) =>
    `image:${runtime}/${archive === undefined || runtime === 'ctr' ? 'any' : 'id'}/${runtime === 'ctr' ? fullImageName(image) : image}`,
  probe: desired => lookText(partsOf(containerImageKind.key(desired))),
  parse: (output, desired) => {
    const [, id, trouble] = /^(?:id (absent|present|sha256:[0-9a-f]{64})|trouble ([^\n]*))\n$/.exec(output.toString()) ?? []
    if (id !== undefined) return { id }
    if (trouble === undefined) throw new ProbeError(containerImageKind.key(desired), 'no line "id"', output.toString().slice(0, 400))
    return { id: 'absent', trouble }
  },
  diff: (desired, observed, world) => {
    const { image, runtime = 'docker', archive } = desired
    if (observed.trouble !== undefined)
      throw new RequirementError(
        `${runtime} does not answer on this host: ${observed.trouble}`,
        `See that the service of ${runtime} runs there.`,
      )
    const wanted = wantedId(desired, world)
    if (observed.id === wanted) return []
    const before: Change['before'] = observed.id === 'absent' ? null : shortId(observed.id)
    const how = archive === undefined ? 'pulled by the host' : `loaded from ${archive}`
    return [{ field: 'image', before, after: `${image} ${wanted === 'present' ? '' : `${shortId(wanted)} `}${how}` }]
  },
  after: (desired, _observed, world) => ({ id: wantedId(desired, world) }),
  steps: (desired, _observed, world) => [stepOf(desired, world)],
  sources: desired => (desired.archive === undefined ? [] : [tarball(desired.archive), manifestOf(desired.archive)]),
  slots: ({ archive }, world) => {
    if (archive === undefined) return []
    const { digest, sizeBytes } = world.source(tarball(archive))
    return [{ name: digest, source: tarball(archive), digest, sizeBytes, secret: false }]
  },
}

/** `containerImage('Image of calico/node', { image: 'docker.io/calico/node:v3.31.7', archive: 'images/node.tar' })` */
export const containerImage = taskOf(containerImageKind)

interface Parts {
  runtime: string
  by: string
  image: string
}
const partsOf = (key: string): Parts => {
  const [runtime = '', by = '', ...image] = key.slice('image:'.length).split('/')
  return { runtime, by, image: image.join('/') }
}

function lookText({ runtime, by, image }: Parts): ShellText {
  if (runtime === 'ctr')
    return sh`
      if w=$(ctr images ls -q ${`name==${image}`} 2>&1); then
        if [ -n "$w" ]; then echo id present; else echo id absent; fi
      else echo "trouble $(printf %s "$w" | tr '\\n' ' ' | cut -c1-300)"; fi`
  return sh`
    if w=$(${runtime} image inspect -f '{{.Id}}' ${image} 2>&1); then
      if [ ${by} = any ]; then echo id present; else echo "id $w"; fi
    else
      case $w in
        *'o such image'*|*'not found'*) echo id absent ;;
        *) echo "trouble $(printf %s "$w" | tr '\\n' ' ' | cut -c1-300)" ;;
      esac
    fi`
}

function stepOf({ image, runtime = 'docker', archive, timeoutSeconds = 600 }: ContainerImage, world: Sources): ShellText {
  if (archive === undefined)
    return runtime === 'ctr'
      ? sh`timeout ${timeoutSeconds} ctr images pull ${fullImageName(image)} >/dev/null`
      : sh`timeout ${timeoutSeconds} ${runtime} pull -q ${image} >/dev/null`
  const slot = sh`"$NP_SLOTS"/${world.source(tarball(archive)).digest}`
  if (runtime === 'ctr') return importText(slot, nameIn(archive, fullImageName(image), world), fullImageName(image))
  return sh`
    ${runtime} load -i ${slot} >/dev/null
    ${runtime} tag ${idIn(archive, world)} ${image}`
}

const importText = (slot: ShellText, name: string, wanted: string): ShellText =>
  name === wanted
    ? sh`ctr images import ${slot} >/dev/null`
    : sh`
    ctr images import ${slot} >/dev/null
    ctr images tag --force ${name} ${wanted} >/dev/null`

function wantedId({ image, runtime, archive }: ContainerImage, world: Sources): string {
  if (archive === undefined) return 'present'
  if (runtime !== 'ctr') return idIn(archive, world)
  // Refused here, before anything is written.
  nameIn(archive, fullImageName(image), world)
  return 'present'
}

const tarball = (path: string): SlotSource => ({ type: 'path', path })
const shortId = (id: string) => id.slice(0, 19)
