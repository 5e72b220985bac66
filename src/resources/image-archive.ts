import { InputError } from '../errors.js'
import { fullImageName } from './image-name.js'
import type { SlotSource, Sources } from './resource.js'

/** What says which images a tarball of `docker save` has. Source: Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset Format". */
export const manifestOf = (archive: string): SlotSource => ({ type: 'archive', path: archive, member: 'manifest.json' })

/**
 * An image's id is the digest of its configuration, which the manifest names. Source: the OCI image specification, "ImageID".
 * @returns `sha256:…` @throws {InputError} not exactly one image
 */
export function idIn(archive: string, sources: Sources): string {
  const images = imagesIn(archive, sources)
  const [, digest] = /([0-9a-f]{64})(?:\.json)?$/.exec(images.length === 1 ? String(images[0]!.Config) : '') ?? []
  if (digest !== undefined) return `sha256:${digest}`
  throw new InputError(`${archive} is no tarball of one container image`, { next: 'Write it with `docker save IMAGE -o FILE`.' })
}

/**
 * The whole name under which containerd imports what is wanted: that very name where the tarball has it, else the one of its only image.
 * @param image whole name @throws {InputError} several images and none of that name, or one without a name
 */
export function nameIn(archive: string, image: string, sources: Sources): string {
  const images = imagesIn(archive, sources)
  const names = images.flatMap(({ RepoTags }) => (Array.isArray(RepoTags) ? RepoTags.map(String) : [])).map(fullImageName)
  if (names.includes(image)) return image
  if (images.length === 1 && names.length > 0) return names[0]!
  throw new InputError(`${archive} has no image of the name ${image}`, {
    next: 'Write it with `docker save NAME -o FILE`, by its name, not by its id.',
  })
}

interface ImageEntry {
  Config?: unknown
  RepoTags?: unknown
}

function imagesIn(archive: string, sources: Sources): ImageEntry[] {
  try {
    const images: unknown = JSON.parse(sources.source(manifestOf(archive)).text ?? '[]')
    return Array.isArray(images) ? images.filter((each): each is ImageEntry => typeof each === 'object' && each !== null) : []
  } catch {
    return []
  }
}
