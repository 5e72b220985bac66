/** How each binary is made: its package in lab/parts, and what to link into it. */
export const builds = [
  { name: 'podping', from: './podping' },
  { name: 'cnitool', from: 'github.com/containernetworking/cni/cnitool' },
  { name: 'flannel-cni-standin', from: './flannel-cni-standin' },
  { name: 'flanneld', from: 'github.com/flannel-io/flannel', versionAt: 'github.com/flannel-io/flannel/pkg/version.Version' },
  { name: 'flanneld-classic-standin', from: './flanneld-classic-standin' },
] as const

export type Build = (typeof builds)[number]

/** Every binary of the parts, by file name. */
export const partNames: readonly string[] = builds.map(({ name }) => name)
