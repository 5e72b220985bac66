import pLimit from 'p-limit'

/**
 * `work` for every host, at most `forks` at once; results in the order of `hosts`. One host's failure stops no other.
 * @throws what `work` threw, after all have ended; an AggregateError when several did
 */
export async function eachHost<Host, Result>(
  hosts: Iterable<Host>,
  forks: number,
  work: (host: Host) => Result | Promise<Result>,
): Promise<Result[]> {
  const limit = pLimit(Math.max(1, forks))
  const ends = await Promise.allSettled([...hosts].map(host => limit(async () => work(host))))
  const errors = ends.flatMap(end => (end.status === 'rejected' ? [end.reason as unknown] : []))
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} of ${ends.length} hosts failed`)
  return ends.flatMap(end => (end.status === 'fulfilled' ? [end.value] : []))
}

/** At most `forks` at once, for work that is handed in as it comes. */
export const limiter = (forks: number): (<Result>(work: () => Promise<Result>) => Promise<Result>) => pLimit(Math.max(1, forks))
