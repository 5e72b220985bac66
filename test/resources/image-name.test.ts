import { fullImageName } from '../../src/resources/image-name.js'

test.each([
  ['calico/node', 'docker.io/calico/node:latest'],
  ['calico/node:v3', 'docker.io/calico/node:v3'],
  ['busybox:1', 'docker.io/library/busybox:1'],
  ['docker.io/busybox:1', 'docker.io/library/busybox:1'],
  ['index.docker.io/calico/node:v3', 'docker.io/calico/node:v3'],
  ['quay.io/calico/node:v3', 'quay.io/calico/node:v3'],
  ['registry:5000/node', 'registry:5000/node:latest'],
  ['localhost/node:v3', 'localhost/node:v3'],
  ['Registry/node:v3', 'Registry/node:v3'],
  [`calico/node@sha256:${'a'.repeat(64)}`, `docker.io/calico/node@sha256:${'a'.repeat(64)}`],
  [`calico/node:v3@sha256:${'a'.repeat(64)}`, `docker.io/calico/node:v3@sha256:${'a'.repeat(64)}`],
])('%s is %s in whole', (name, whole) => {
  expect(fullImageName(name)).toBe(whole)
  expect(fullImageName(whole)).toBe(whole)
})
