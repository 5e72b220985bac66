/**
 * The batches a play runs in, as Ansible's `serial` has it: `[1, "50%", 2]` on six hosts gives 1, 3, 2.
 * A percentage is of all hosts, truncated, at least 1; the last item repeats; 0 or less takes all that are left. `[]` is one batch.
 */
export function serialBatches<H>(serial: readonly (number | string)[], hosts: readonly H[]): H[][] {
  const batches: H[][] = []
  for (let done = 0; done < hosts.length;) {
    const size = sizeOf(serial[Math.min(batches.length, serial.length - 1)] ?? 0, hosts.length)
    const batch = hosts.slice(done, size > 0 ? done + size : undefined)
    batches.push(batch)
    done += batch.length
  }
  return batches
}

function sizeOf(item: number | string, total: number): number {
  if (typeof item === 'number') return item
  return item.endsWith('%') ? Math.trunc((Number(item.slice(0, -1)) * total) / 100) || 1 : Number(item)
}
