import { execFileSync } from 'node:child_process'
import { dockerRunOf } from '../../src/doctor/docker-run.js'
import { flagsOf } from '../../src/doctor/flags.js'
import { doctorScript, maskFunctions } from '../../src/doctor/script.js'
import { parseSnapshot, SnapshotError } from '../../src/doctor/snapshot.js'
import { envFile, unitsOf } from '../../src/doctor/unit.js'
import { assigned, directivesOf, valueOf, wordsOf } from '../../src/doctor/unit-text.js'

const file = (path: string, text: string) => ({ path, lines: text.split('\n') })

describe('unit files', () => {
  const directives = directivesOf(
    file(
      '/etc/systemd/system/x.service',
      `[Service]
# ExecStart=/bin/old
ExecStart=/bin/d -a="b c" \\
  # between
  --x ${'${X}'} \\
  'one word' 100%% $$5
Environment="A=1 2" B=3
[Install]
WantedBy=multi-user.target`,
    ),
  )

  test('a command keeps its words, and each word its line', () => {
    const words = wordsOf(assigned(directives, 'Service', 'ExecStart')[0]!, name => `<${name}>`)
    expect(words.map(({ text, at }) => [text, at.line])).toEqual([
      ['/bin/d', 3],
      ['-a=b c', 3],
      ['--x', 5],
      ['<X>', 5],
      ['one word', 6],
      ['100%', 6],
      ['$5', 6],
    ])
  })

  test('an empty assignment takes back what was before it, as in a drop-in', () => {
    const dropIn = directivesOf(file('/etc/systemd/system/x.service.d/a.conf', '[Service]\nExecStart=\nExecStart=/bin/new'))
    expect(assigned([...directives, ...dropIn], 'Service', 'ExecStart').map(valueOf)).toEqual(['/bin/new'])
  })

  test('sections do not run into each other', () => {
    expect(assigned(directives, 'Install', 'WantedBy').map(valueOf)).toEqual(['multi-user.target'])
    expect(assigned(directives, 'Service', 'WantedBy')).toEqual([])
  })
})

test('an env file is read with its quotes, comments and lines', () => {
  const entries = envFile(file('/e', '# A=0\nA="x y"\nexport B=\'z\'\n\nC=\nnone'))
  expect(entries.map(({ key, value, at }) => [key, value, at.line])).toEqual([
    ['A', 'x y', 2],
    ['B', 'z', 3],
    ['C', '', 5],
  ])
})

test('flags of Go: one dash or two, with = or a word after it, and switches that take none', () => {
  const words = ['-a=1', '--b', '2', '--on', '-c', '3', 'rest'].map(text => ({ text, raw: text, at: { file: 'f', line: 1 } }))
  const flags = flagsOf(words, new Set(['on']))
  expect([...flags].map(([name, [setting]]) => [name, setting!.value])).toEqual([
    ['a', '1'],
    ['b', '2'],
    ['on', 'true'],
    ['c', '3'],
  ])
})

test('what a unit passes to its container is told by the variable that an admin would edit', () => {
  const texts = new Map([
    [
      '/u',
      file(
        '/u',
        '[Service]\nEnvironmentFile=/e\nExecStart=/usr/bin/docker run --rm -d -e AS=${MY_AS} -e PLAIN -e FIXED=1 --env-file=/more -v /a:/b -it reg:5000/calico/node:v2.4.0 sh -e X=1',
      ),
    ],
    ['/e', file('/e', 'MY_AS=64512\nPLAIN=p')],
    ['/more', file('/more', 'M=1')],
  ])
  const units = new Map([['c.service', { Id: 'c.service', FragmentPath: '/u', UnitFileState: 'enabled', ActiveState: 'inactive' }]])
  const [unit] = unitsOf({ units, texts } as never)
  const run = dockerRunOf(unit!, texts)!
  expect(run.image).toBe('reg:5000/calico/node:v2.4.0')
  expect([...run.env].map(([key, { value, at }]) => [key, value, `${at.file}:${at.line}`])).toEqual([
    ['AS', '64512', '/e:1'],
    ['PLAIN', 'p', '/e:2'],
    ['FIXED', '1', '/u:3'],
    ['M', '1', '/more:1'],
  ])
  expect([...run.passed].sort()).toEqual(['M', 'MY_AS', 'PLAIN'])
})

test('a container that a unit runs through ctr has its name after its image', () => {
  const texts = new Map([
    [
      '/u',
      file(
        '/u',
        '[Service]\nExecStart=/usr/bin/env ctr run --rm --net-host --mount type=bind,src=/a,dst=/a docker.io/calico/node:v3 calico-node',
      ),
    ],
  ])
  const units = new Map([['c.service', { Id: 'c.service', FragmentPath: '/u', UnitFileState: 'enabled', ActiveState: 'inactive' }]])
  const [unit] = unitsOf({ units, texts } as never)
  expect(dockerRunOf(unit!, texts)).toMatchObject({ image: 'docker.io/calico/node:v3', name: 'calico-node' })
})

describe('the script', () => {
  const masked = (name: string, text: string) => execFileSync('sh', ['-c', `${maskFunctions}\n${name}`], { input: text }).toString()

  test.each([
    ['np_mask', 'ETCD_PASSWORD=hunter2', 'ETCD_PASSWORD=***'],
    ['np_mask', 'ETCD_PASSWORD="hunter2"', 'ETCD_PASSWORD="***"'],
    ['np_mask', '  -etcd-password=hunter2 \\', '  -etcd-password=*** \\'],
    ['np_mask', '    token: hunter2', '    token: ***'],
    ['np_mask', '    client-key-data: hunter2', '    client-key-data: ***'],
    ['np_mask', '-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\nafter', '***\n***\n***\nafter'],
    ['np_mask', 'ETCD_KEY_FILE=/etc/key.pem', 'ETCD_KEY_FILE=/etc/key.pem'],
    [
      'np_mask_json',
      '{"k8s_auth_token": "hun\\"ter2", "etcd_key_file": "/k", "x": 1}',
      '{"k8s_auth_token": "***", "etcd_key_file": "/k", "x": 1}',
    ],
    ['np_mask_json', '{"env":["ETCD_PASSWORD=hunter2","IP=1"]}', '{"env":["ETCD_PASSWORD=***","IP=1"]}'],
    ['np_mask_json', '{"password": null', '{"password": null'],
    ['np_mask_json', '  "ETCD_PASSWORD=hunter2",\n  "ETCD_KEY_FILE=/k"', '  "ETCD_PASSWORD=***",\n  "ETCD_KEY_FILE=/k"'],
  ])('%s keeps secrets on the host: %s', (name, text, after) => {
    expect(masked(name, `${text}\n`)).toBe(`${after}\n`)
  })

  test('is POSIX shell', () => {
    expect(execFileSync('sh', ['-n'], { input: doctorScript('x') }).toString()).toBe('')
  })

  test('an answer that was cut off is no answer; a file cannot end it', () => {
    expect(() => parseSnapshot('n1', Buffer.from('\nN units\nId=a\n'), 'N')).toThrow(SnapshotError)
    const { texts } = parseSnapshot('n1', Buffer.from('\nN text /a\nend\nM end\n\nN end\n'), 'N')
    expect(texts.get('/a')!.lines.slice(0, 2)).toEqual(['end', 'M end'])
  })
})
