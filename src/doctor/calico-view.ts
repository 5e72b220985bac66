import { pluginOf, type CniConf } from './cni-conf.js'
import { dockerRunOf, type DockerRun } from './docker-run.js'
import { quoted, type TextFile } from './text-file.js'
import type { Setting } from './flags.js'
import type { Container } from './containers.js'
import type { Snapshot } from './snapshot.js'
import type { Unit } from './unit.js'

/** A unit that runs calico/node in a container. */
export interface CalicoNode {
  unit: Unit
  run: DockerRun
  /** e.g. [2, 4]; undefined: the image's tag says none */
  version?: [major: number, minor: number]
}

export interface Calico {
  node?: CalicoNode
  container?: Container
  conf?: CniConf
  /** /etc/calico/calicoctl.cfg */
  calicoctlConfig?: TextFile
  /** what `calicoctl version` says; undefined: there is none */
  calicoctlMajor?: number
  /** /var/lib/calico/nodename */
  nodename?: Setting
}

export const isCalicoImage = (image: string): boolean => /calico[\/-]node(-[a-z]+)*(:|@|$)/.test(image)
export const isReflectorImage = (image: string): boolean => /(routereflector|route-reflector)/.test(image)

export function calicoOf(units: readonly Unit[], confs: readonly CniConf[], snapshot: Snapshot): Calico | undefined {
  const node = units.filter(({ isUsed }) => isUsed).flatMap(unit => nodeOf(unit, snapshot))[0]
  const container = snapshot.containers?.find(({ image, name }) => isCalicoImage(image) || name === 'calico-node')
  const conf = confs.find(each => pluginOf(each, 'calico') !== undefined)
  const calicoctlConfig = snapshot.texts.get('/etc/calico/calicoctl.cfg')
  if (node === undefined && container === undefined && conf === undefined && calicoctlConfig === undefined) return undefined
  const major = [...snapshot.versions].find(([path]) => path.endsWith('/calicoctl'))?.[1]
  return {
    ...(node === undefined ? {} : { node }),
    ...(container === undefined ? {} : { container }),
    ...(conf === undefined ? {} : { conf }),
    ...(calicoctlConfig === undefined ? {} : { calicoctlConfig }),
    ...(major === undefined ? {} : { calicoctlMajor: calicoctlMajor(major) }),
    ...nodenameOf(snapshot),
  }
}

function nodeOf(unit: Unit, { texts }: Snapshot): CalicoNode[] {
  const run = dockerRunOf(unit, texts)
  if (run === undefined || !(isCalicoImage(run.image) || run.name === 'calico-node')) return []
  const [, major, minor] = /:v?(\d+)\.(\d+)/.exec(run.image) ?? []
  return [{ unit, run, ...(major === undefined ? {} : { version: [Number(major), Number(minor)] }) }]
}

/** v3: `Client Version:    v3.31.7`; v1 has no `--client` and prints `Version:      v1.4.0` or its usage. */
const calicoctlMajor = (said: string): number => Number(/Version:\s+v?(\d+)\./.exec(said)?.[1] ?? (/Usage:/.test(said) ? 1 : 0))

function nodenameOf({ texts }: Snapshot): { nodename?: Setting } {
  const file = texts.get('/var/lib/calico/nodename')
  const value = file?.lines[0]?.trim() ?? ''
  return value === '' ? {} : { nodename: { value, text: value, at: { file: file!.path, line: 1 } } }
}

export const imageEvidence = ({ unit, run }: CalicoNode) => {
  const word = unit.command.find(({ text }) => text === run.image)
  return word === undefined ? { text: run.image, where: unit.name } : quoted(word.raw, word.at)
}
