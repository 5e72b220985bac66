import { hostsIni } from '../../lab/ini.js'
import type { Story } from './story.js'

/** Write hosts.ini anew: n3 or whichever leaves, and why it is away where it is. */
export async function setLeaving(story: Story, groups: Record<string, string[]>, away: Record<string, string> = {}): Promise<void> {
  const names = story.lab.hosts.map(({ name }) => name)
  const ini = hostsIni(story.lab, { groups: { nodes: names, etcd: ['n1'], ...groups } })
  await story.write(
    'hosts.ini',
    ini.replace(/^(n\d+) (.*)$/gm, (line, name: string) => (away[name] === undefined ? line : `${line} netplay_absent="${away[name]}"`)),
  )
}
