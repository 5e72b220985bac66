import { parseMountinfo } from '../../lab/mounts.js'

test('mount points with blanks, optional fields and super options are read', () => {
  const text = `41 31 0:40 / /sys/fs/cgroup/systemd rw,relatime shared:5 master:1 - cgroup cgroup rw,name=systemd
27 1 254:0 / /a\\040b rw - ext4 /dev/vda rw,discard
`
  expect(parseMountinfo(text)).toEqual([
    { point: '/sys/fs/cgroup/systemd', type: 'cgroup', options: 'rw,name=systemd' },
    { point: '/a b', type: 'ext4', options: 'rw,discard' },
  ])
})
