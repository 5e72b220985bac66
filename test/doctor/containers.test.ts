import { readFileSync } from 'node:fs'
import { parseSnapshot } from '../../src/doctor/snapshot.js'

const info = readFileSync(new URL('../fixtures/doctor/ctr-containers-info.json', import.meta.url), 'utf8')
const snapshot = (...sections: string[]) =>
  parseSnapshot('n1', Buffer.from([...sections, 'end'].map(each => `\nN ${each}\n`).join('')), 'N')

test('a container of ctr is read from what containerd says of it, and what BIRD says in it', () => {
  const { containers } = snapshot(
    'containerd',
    `containerd-container calico-node running\n${info}`,
    'bird calico-node\nBIRD 1.6.8 ready.\nMesh_198_18_0_11 BGP master up 02:11:06 Established',
  )
  expect(containers).toHaveLength(1)
  expect(containers![0]).toMatchObject({
    id: 'calico-node',
    name: 'calico-node',
    image: 'docker.io/netplay-lab/calico-node-standin:v3.31.7',
    isRunning: true,
    restart: '',
    env: expect.arrayContaining(['NODENAME=n2', 'NO_DEFAULT_POOLS=true']),
    bird: ['BIRD 1.6.8 ready.', 'Mesh_198_18_0_11 BGP master up 02:11:06 Established'],
    asks: { inspect: 'ctr containers info calico-node' },
  })
})

test('a container of nerdctl has its name and restart policy as labels', () => {
  const said = {
    ID: 'ab12',
    Image: 'docker.io/calico/node:v3',
    Labels: { 'nerdctl/name': 'calico-node', 'containerd.io/restart.policy': 'always' },
  }
  const { containers } = snapshot('containerd', `containerd-container ab12 stopped\n${JSON.stringify(said)}`)
  expect(containers).toMatchObject([{ id: 'ab12', name: 'calico-node', restart: 'always', isRunning: false, env: [], bird: [] }])
})

test('one that went away meanwhile is none; where neither docker nor containerd answers, nothing is known', () => {
  expect(snapshot('containers', 'containerd', 'containerd-container x running\n').containers).toEqual([])
  expect(snapshot().containers).toBeUndefined()
})
