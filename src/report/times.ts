import type { RequestCounts, RunEvent } from '../events.js'
import { oneLine, seconds } from './shown.js'

/** How long looking took on each host, for -v; and from -vvv what it was asked how often. */
export class Times {
  private readonly hosts = new Map<string, string[]>()

  follow(event: RunEvent): void {
    const word = { 'host-connected': 'connected', 'host-facts': 'facts', 'host-probed': 'probes' }[event.type as string]
    if (word === undefined || !('host' in event) || !('ms' in event)) return
    this.hosts.set(event.host, [...(this.hosts.get(event.host) ?? []), `${word} ${seconds(event.ms)}`])
  }

  lines(hosts: readonly string[], requests: Readonly<Record<string, RequestCounts>>, verbose: number): string[] {
    const asked = (host: string) =>
      Object.entries(requests[host] ?? {})
        .map(([purpose, count]) => `${oneLine(purpose)} ${count}`)
        .join(', ')
    const line = (host: string, times: readonly string[]) =>
      `${oneLine(host)}  ${times.join(' · ')}${verbose > 2 && asked(host) !== '' ? `    requests: ${asked(host)}` : ''}`
    return hosts.flatMap(host => (this.hosts.has(host) ? [line(host, this.hosts.get(host)!)] : []))
  }
}
