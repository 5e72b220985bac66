import type { KindWords } from './kind-docs.js'

const path = 'absolute path on the host'
const source =
  '`{path}` on your machine; `{url, sha256}` downloaded once by it, `member` out of an archive; `{archive, member}` on your machine'
const ifDifferent = '`refuse`: what the host has must be this already, else it stops; default `write`'

/** Of kinds that are files on the host. */
export const fileWords: Record<string, KindWords> = {
  file: {
    summary: 'A plain file with exactly this content.',
    parameters: {
      path,
      content: 'the bytes, as text; this or `source`',
      source,
      secret: 'the content is shown nowhere; default false, true for what is encrypted',
    },
    example: `- name: Write the message of the day
  file:
    path: /etc/motd
    content: "managed by netplay\\n"
    mode: '0644'`,
  },
  directory: {
    summary: 'A folder.',
    parameters: { path, parents: 'make missing folders above it too; default false' },
    example: `- name: Make the folder of the configuration
  directory: { path: /etc/app, owner: root, mode: '0750' }`,
  },
  absent: {
    summary: 'A path at which nothing is.',
    parameters: { path, recursive: 'remove a folder with all that is in it; default false: one that is not empty is refused' },
    example: `- name: Take away the old configuration
  absent: { path: /etc/app.conf.old }`,
  },
  symlink: {
    summary: 'A symbolic link.',
    parameters: { path, target: 'what the link says, word for word; relative is relative to the folder of the link' },
    example: `- name: Name the current version
  symlink: { path: /opt/app/current, target: v2.1.0 }`,
  },
  binary: {
    summary: 'A program, 0755, compared by its digest.',
    parameters: { path, source, sha256: 'what the bytes must have, in hex; a source with others is refused before anything is touched' },
    example: `- name: Bring the program
  binary:
    path: /usr/local/bin/app
    source: { path: files/app }`,
  },
  awaited_file: {
    summary: 'A file that a daemon writes; tasks after it may count on it.',
    parameters: { path, by: 'who writes it, for people', timeout_seconds: 'how long it is waited for; default 60' },
    example: `- name: Subnet of this host
  awaited_file: { path: /run/flannel/subnet.env, by: flanneld writes it }`,
  },
  certificate: {
    summary: 'A certificate from your machine, judged there before any host is written to.',
    parameters: {
      path,
      source: '`{path}` on your machine, PEM',
      signed_by: '`{path}` of CAs on your machine: one of them must have signed it',
      key: '`{path}` on your machine of the key that it must belong to',
      uses: 'what it must be good for; default whatever it says itself',
      covers: 'names and addresses that clients use: each must be in subjectAltName',
      clock_ms: 'clock of the host, milliseconds since 1970: a host with a wrong clock would refuse it',
      if_different: ifDifferent,
    },
    example: `- name: Certificate of the member
  certificate:
    path: /etc/etcd/server.pem
    source: { path: certs/n1.pem }
    signed_by: { path: certs/ca.pem }`,
  },
  private_key: {
    summary: 'A private key from your machine; never shown.',
    parameters: {
      path,
      source: '`{path}` on your machine, PEM without a passphrase',
      certificate: '`{path}` on your machine of the certificate that it must belong to',
      if_different: ifDifferent,
    },
    example: `- name: Key of the member
  private_key:
    path: /etc/etcd/server-key.pem
    source: { path: certs/n1-key.pem }`,
  },
  ca_bundle: {
    summary: 'A file of CA certificates.',
    parameters: {
      path,
      source: '`{path}` on your machine, PEM, one CA or several',
      others: '`keep`: the CAs that the host has stay, these come after them; `drop`: these alone',
      if_different: ifDifferent,
    },
    example: `- name: Trust the new CA as well
  ca_bundle:
    path: /etc/etcd/ca.pem
    source: { path: certs/ca.pem }
    others: keep`,
  },
  container_image: {
    summary: 'An image that the container runtime of the host has.',
    parameters: {
      image: 'whole reference',
      runtime: 'default `docker`',
      archive: 'tarball on your machine, as `docker save` writes it: for hosts without a registry',
      timeout_seconds: 'of a pull; default 600',
    },
    example: `- name: Image of calico/node
  container_image: { image: docker.io/calico/node:v3.31.7, runtime: nerdctl }`,
  },
}
