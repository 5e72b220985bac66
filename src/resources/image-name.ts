/**
 * `calico/node` → `docker.io/calico/node:latest`: what docker and nerdctl make of a short name by themselves. containerd keeps images under whole names,
 * and its ctr knows no others. Source: github.com/distribution/reference, `ParseNormalizedNamed` and `TagNameOnly`.
 */
export function fullImageName(name: string): string {
  const [base = '', digest] = name.split('@')
  const [first = '', ...rest] = base.split('/')
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase())
  const host = isHost && first !== 'index.docker.io' ? first : 'docker.io'
  const path = isHost ? rest.join('/') : base
  const repository = host === 'docker.io' && !path.includes('/') ? `library/${path}` : path
  const hasTag = /:[^/]*$/.test(path)
  return `${host}/${repository}${hasTag || digest !== undefined ? '' : ':latest'}${digest === undefined ? '' : `@${digest}`}`
}
