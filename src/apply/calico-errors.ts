import type { CalicoWrite } from '../calico.js'
import { NetplayError } from '../errors.js'

/** calicoctl did not do what it was asked for. */
export class CalicoctlError extends NetplayError {
  readonly code = 'CALICOCTL'
  private readonly config: string
  constructor(
    readonly host: string,
    { kind, name, calicoctl }: Pick<CalicoWrite, 'kind' | 'name' | 'calicoctl'>,
    /** its own, or what became of it */
    readonly words: string,
    /** what etcd says of the resource afterwards */
    readonly leftAs: string,
    private readonly exit?: number,
  ) {
    super(`calicoctl did not write ${kind} ${name}`)
    this.config = calicoctl.config
  }
  /** The program, its configuration or its certificates are not on the host. Source: timeout(1); recorded with calicoctl v3.31.7. */
  get isGone(): boolean {
    return (
      this.exit === 126 || this.exit === 127 || /^Error reading config file|^Failed to create .*no such file or directory/m.test(this.words)
    )
  }
  get next() {
    const hint = hintFor(this.words) ?? `Mend what it says; to try on ${this.host}: calicoctl get nodes --config=${this.config}.`
    return `${hint} Then run the same command again.`
  }
}

/** What calico/node makes when it starts is not there: it has not run on that host, or under another name. */
export class CalicoMissingError extends NetplayError {
  readonly code = 'CALICO_MISSING'
  readonly leftAs = 'Nothing was written to it.'
  constructor(
    readonly host: string,
    private readonly of: Pick<CalicoWrite, 'kind' | 'name'>,
  ) {
    super(`there is no ${of.kind} ${of.name} in etcd: calico/node makes it, and has not`)
  }
  get next() {
    return `See that calico/node runs on that host under the name ${this.of.name} (NODENAME), then run the same command again.`
  }
}

/** Source: networking.md 2.3, 2.10, P39; recorded with calicoctl v3.31.7. */
const hints: [sign: RegExp, hint: string][] = [
  [
    /unknown APIVersion|invalid config file/,
    'Its configuration is for another version than calicoctl itself: profiles current and classic differ (P39).',
  ],
  [/version mismatch/i, 'calicoctl must be of the version of the cluster: give that one (calico_calicoctl), or upgrade calico/node first.'],
  [
    /unknown resource type|not recognized or is in the wrong location/,
    'This calicoctl does not know it: see that it is of the version of the cluster.',
  ],
  [/no configuration has been provided/, 'Its configuration names no etcd, so it looked for Kubernetes: see etcdEndpoints there.'],
  [/^Error reading config file/m, 'Its configuration file is not there.'],
  [/no such file or directory/i, 'Something that it needs is not on the host: see the path.'],
  [/did not end within/, 'See that etcd answers from this host, at the endpoints of its configuration.'],
]
const hintFor = (words: string) => hints.find(([sign]) => sign.test(words))?.[1]
