/** A dynamic inventory with `_meta`, as a cloud's script prints it: a rack a group, regions above them and a site above those, a dozen variables a host. */
export function dynamicInventory(hosts: number): string {
  const names = Array.from({ length: hosts }, (_, index) => `node${String(index).padStart(5, '0')}.example.com`)
  const groups: Record<string, object> = { all: { vars: { ntp: ['10.0.0.1', '10.0.0.2'], ansible_user: 'ops' } } }
  const hostvars: Record<string, object> = {}
  names.forEach((name, index) => {
    const rack = index % Math.max(1, Math.ceil(hosts / 40))
    const group = (groups[`rack${rack}`] ??= { hosts: [], vars: { rack } }) as { hosts: string[] }
    group.hosts.push(name)
    hostvars[name] = {
      ansible_host: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
      ansible_port: 22,
      id: `i-${index * 7919}`,
      weight: index / 2,
      spare: index % 5 === 0,
      labels: { zone: `z${index % 3}`, pool: 'workers' },
      disks: ['sda', 'sdb'],
      note: null,
      serial: `SN${index}`,
      bmc: `bmc${index}.example.com`,
      asn: 64_512 + (index % 1000),
      mtu: 9000,
    }
  })
  const racks = Object.keys(groups).filter(name => name !== 'all')
  for (let at = 0; at < racks.length; at += 10) groups[`region${at / 10}`] = { children: racks.slice(at, at + 10) }
  groups['site'] = { children: Object.keys(groups).filter(name => name.startsWith('region')) }
  return JSON.stringify({ ...groups, _meta: { hostvars } })
}
