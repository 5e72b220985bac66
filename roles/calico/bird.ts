/** A BGP protocol of `birdcl show protocols`. Source: networking.md 3.2; recorded with calico v3.31.7 (BIRD v0.3.3+birdv1.6.8). */
export interface BirdSession {
  name: string
  isEstablished: boolean
  /** `Established`, `Active  Socket: Connection refused` */
  info: string
}

/** ` Mesh_172_17_8_102 BGP      master   up     2016-11-21  Established`; what is no BGP line is left out. */
export const birdSessions = (text: string): BirdSession[] =>
  text.split('\n').flatMap(line => {
    const [name = '', proto, , , , ...info] = line.trim().split(/\s+/)
    if (proto !== 'BGP' || !/^(Global|Node|Mesh)_\w+$/.test(name)) return []
    return [{ name, isEstablished: info[0] === 'Established', info: info.join(' ') }]
  })

/** While it runs, a second loss of a session drops the routes that are kept (RFC 4724): nothing is restarted then. */
export const isRecovering = (status: string): boolean => /graceful restart recovery in progress/i.test(status)
