import { basename } from 'node:path'
import { sh } from '../src/shell.js'
import type { CniNetwork } from './cni-conf.js'

/** Where cnitool lies on a host: a folder that a reboot empties. */
export const toolFolder = '/run/netplay-lab'
const cnitool = `${toolFolder}/cnitool`

// cnitool finds a network by its name, and two files may have the same one: it is shown a folder with the one file.
const showOnly = ({ file }: CniNetwork) => sh`
  conf=$(mktemp -d ${`${toolFolder}/net.d.XXXXXX`})
  trap 'rm -rf "$conf"' EXIT
  ln -s ${`/etc/cni/net.d/${file}`} "$conf/"
  export NETCONFPATH="$conf" CNI_PATH=/opt/cni/bin:/usr/lib/cni`

/** Makes the namespace and calls CNI ADD; prints the result. Where a plugin refuses, nothing of it stays. */
export const addScript = (network: CniNetwork, netns: string) => sh`
  set -eu
  ${showOnly(network)}
  ip netns add ${basename(netns)}
  ip -n ${basename(netns)} link set lo up
  if result=$(${cnitool} add ${network.name} ${netns}); then
    printf '%s\n' "$result"
  else
    status=$?
    # Whatever the plugins had done before one of them refused.
    ${cnitool} del ${network.name} ${netns} > /dev/null 2>&1 || true
    ip netns del ${basename(netns)}
    exit "$status"
  fi`

/** Calls CNI DEL and removes the namespace. A network whose configuration has gone cannot be asked to delete; the namespace goes all the same. */
export const delScript = (network: CniNetwork, netns: string) => sh`
  set -eu
  if [ -e ${`/etc/cni/net.d/${network.file}`} ]; then
    ${showOnly(network)}
    ${cnitool} del ${network.name} ${netns}
  fi
  ip netns del ${basename(netns)} 2> /dev/null || true`
