import type { binary, ParamsOf } from 'netplay'
import type { paramsSchema } from './params.js'

export type Source = NonNullable<ParamsOf<typeof paramsSchema>['flanneld']>

/** A bare path is a file on the controller, beside the playbook where it is not absolute. */
export function sourceOf(given: Source): Pick<Parameters<typeof binary>[1], 'source' | 'sha256'> {
  if (typeof given === 'string') return { source: { path: given } }
  const { path, url, sha256, archive, member, pull } = given
  if (url !== undefined && pull === true) return { source: { url, sha256: sha256 ?? '', pull } }
  if (url !== undefined) return { source: { url, sha256: sha256 ?? '', ...(member === undefined ? {} : { member }) } }
  if (archive !== undefined) return { source: { archive, member: member ?? '' } }
  return { source: { path: path ?? '' }, ...(sha256 === undefined ? {} : { sha256 }) }
}
