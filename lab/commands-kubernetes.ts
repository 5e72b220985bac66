import type { Command } from 'commander'
import { labService, type LabEndpoint } from './control-plane-service.js'
import { labControlPlane } from './control-plane.js'
import { LabError } from './errors.js'
import { labKubernetesParts } from './kubernetes-parts.js'
import { openLab } from './lab.js'

/** `netplay lab kubernetes | service`, added to the lab's command. */
export function registerKubernetes(lab: Command): void {
  lab
    .command('kubernetes')
    .description("a real kube-apiserver beside the lab's etcd, a Node for every host, and a kubeconfig for kube-proxy on all of them")
    .option('--name <lab>', 'name of the lab', 'lab')
    .option('--host <host>', 'where kube-apiserver runs; default the first host')
    .action(kubernetesCommand)
  lab
    .command('service')
    .argument('<service>', 'its name, in namespace default')
    .description('make a Service of the control plane, and write the endpoints behind it')
    .option('--name <lab>', 'name of the lab', 'lab')
    .option('--cluster-ip <address>', 'in 10.96.0.0/16; default: kube-apiserver chooses')
    .option('--port <port>', 'TCP port', '80')
    .requiredOption('--endpoints <list>', 'addresses of pods, separated by commas, each with :PORT where it is another')
    .action(serviceCommand)
}

/** For `netplay lab parts --kubernetes`. @returns the paths of the programs */
export async function kubernetesPrograms(): Promise<string[]> {
  const { kubeProxy, kubeApiserver } = await labKubernetesParts()
  return [kubeProxy, kubeApiserver]
}

async function kubernetesCommand(options: { name: string; host?: string }) {
  const { server } = await labControlPlane(await openLab(options.name), options.host === undefined ? {} : { host: options.host })
  print(server)
}

async function serviceCommand(name: string, options: { name: string; clusterIp?: string; port: string; endpoints: string }) {
  const [port, endpoints] = [portOf(options.port), options.endpoints.split(',').map(parseEndpoint)]
  const given = options.clusterIp === undefined ? {} : { clusterIp: options.clusterIp }
  print(`${await labService(await openLab(options.name), { name, port, endpoints, ...given })}:${port}`)
}

/** `10.244.1.2` or `10.244.1.2:8080`. @throws {LabError} */
export function parseEndpoint(text: string): LabEndpoint {
  const [, address, port] = /^(\d+\.\d+\.\d+\.\d+)(?::(\d+))?$/.exec(text) ?? []
  if (address === undefined) throw new LabError(`"${text}" is no endpoint`, 'Say it like 10.244.1.2 or 10.244.1.2:8080.')
  return { address, ...(port === undefined ? {} : { port: portOf(port) }) }
}

function portOf(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new LabError(`"${text}" is no port`, 'Say a number from 1 to 65535.')
  return port
}

const print = (line: string) => void process.stdout.write(`${line}\n`)
