/** One booted host of a lab, as it was when the lab was opened. */
export interface LabHost {
  /** `n1` … `nN` */
  name: string
  /** IPv4 address of its link `host0`, in 198.18.0.0/15 */
  address: string
  /** absolute path of the overlay's upper directory: exactly what was written on that host since it was made */
  upper: string
  /** absolute path of the mounted root, whether the host runs or not */
  root: string
  /** its PID 1 as this machine sees it; 0 while the host is down. Brought up to date by startHost, stopHost and rebootHost. */
  pid: number
  segment: Segment
  docker: boolean
  python: boolean
}

export interface Lab {
  name: string
  /** absolute path; everything of this lab is under it */
  folder: string
  /** name of the network namespace: `/run/netns/<netns>`; the controller and every client run in it */
  netns: string
  hosts: LabHost[]
  /** private key for root, ops and auto */
  keyFile: string
  /** the hosts' real keys, read from their files */
  knownHostsFile: string
}

export type Segment = 1 | 2

export interface LabOptions {
  /** default `lab`; lower case letters, digits and `-`, at most 20 */
  name?: string
  /** 1 to 40 */
  hosts: number
  /** default 1. With 2, odd hosts are in segment 1, even ones in segment 2, and a router is between them. */
  segments?: Segment
  /** docker on all hosts, or on those named; default false */
  docker?: boolean | string[]
  /** python3 on the hosts (for Ansible beside netplay); default false: there is none */
  python?: boolean
  /** folder with a root file system to use instead of the one the lab builds */
  image?: string
  /** told what is being done, a line at a time; default standard error */
  say?: Say
}

export type Say = (line: string) => void
