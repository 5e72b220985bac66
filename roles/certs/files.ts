import { caBundle, certificate, directory, privateKey, type Task } from 'netplay'
import { coveredNames, isMember, isMembers, setsOf, sourceFor, type CertificateSet, type Context } from './sets.js'

/** Step 1: the new CA beside what the host trusts. Nothing presents a certificate of it yet. */
export const bundleTasks = (context: Context): Task[] =>
  setsOf(context).flatMap(set => [
    ...foldersOf(set).map(path => directory('Folder of the certificates', { path })),
    caBundle('Trust the new CA beside the others', { ...bundleOf(context, set), others: 'keep' }),
  ])

/** Step 2: the certificates themselves, where the new CA is trusted already: here by this plan's earlier stages, which were every host's. */
export const leafTasks = (context: Context): Task[] =>
  setsOf(context).flatMap(set => [
    caBundle('The new CA is trusted', { ...bundleOf(context, set), others: 'keep', ifDifferent: 'refuse' }),
    ...pairTasks(context, set, 'write'),
  ])

/** Step 3: nothing of the old CA is left to be trusted. */
export const finishTasks = (context: Context): Task[] =>
  setsOf(context).flatMap(set => [
    ...pairTasks(context, set, 'refuse'),
    caBundle('Trust the new CA alone', { ...bundleOf(context, set), others: 'drop' }),
  ])

const bundleOf = (context: Context, { ca }: CertificateSet) => ({
  path: ca,
  source: sourceFor(context, context.params.ca),
  owner: 'root',
  group: 'root',
})

function pairTasks(context: Context, set: CertificateSet, ifDifferent: 'write' | 'refuse'): Task[] {
  const { host, params } = context
  const [ca, cert, key] = [params.ca, params.cert, params.key].map(path => sourceFor(context, path))
  const serves = isMembers(set) && isMember(context)
  const clockMs = host.facts?.clockMs
  return [
    certificate(ifDifferent === 'write' ? 'Install the certificate' : 'The certificate is the new one', {
      path: set.cert,
      source: cert!,
      signedBy: ca!,
      key: key!,
      uses: serves ? ['server', 'client'] : ['client'],
      ...(serves ? { covers: coveredNames(context) } : {}),
      ...(clockMs === undefined ? {} : { clockMs }),
      owner: 'root',
      group: 'root',
      ifDifferent,
    }),
    privateKey(ifDifferent === 'write' ? 'Install its key' : 'The key is the new one', {
      path: set.key,
      source: key!,
      certificate: cert!,
      owner: set.owner ?? 'root',
      ...(set.group === undefined ? {} : { group: set.group }),
      mode: parseInt(set.key_mode ?? '0600', 8),
      ifDifferent,
    }),
  ]
}

const foldersOf = ({ ca, cert, key }: CertificateSet) => [
  ...new Set([ca, cert, key].map(path => path.slice(0, path.lastIndexOf('/')) || '/')),
]
