import { sshArgs } from '../../src/cli/ssh-args.js'
import { InputError } from '../../src/errors.js'

test.each([
  ["-o 'UserKnownHostsFile=/a/known /b/known'", ['UserKnownHostsFile /a/known /b/known']],
  ['-o ServerAliveInterval=5 -o serveralivecountmax=2', ['ServerAliveInterval 5', 'serveralivecountmax 2']],
  ['-J anna@gw:2222,b', ['ProxyJump anna@gw:2222,b']],
  ['-o ProxyCommand="ssh -W %h:%p -q gw"', ['ProxyCommand ssh -W %h:%p -q gw']],
  ['-i ~/.ssh/a -l anna -p 2222', ['IdentityFile ~/.ssh/a', 'User anna', 'Port 2222']],
  ['-o ForwardAgent=yes -oIdentityAgent=none', ['ForwardAgent yes', 'IdentityAgent none']],
  ['-o PreferredAuthentications=publickey,password', ['PreferredAuthentications publickey,password']],
  ['-o Ciphers=-aes128-* -o SetEnv=SITE=north -o "SendEnv LANG LC_*"', ['Ciphers -aes128-*', 'SetEnv SITE=north', 'SendEnv LANG LC_*']],
  ['-C -o compression=no', ['Compression yes', 'compression no']],
  ['-qCv', ['Compression yes']],
  ['-o PubkeyAcceptedAlgorithms=+ssh-ed25519 -o CertificateFile=~/c', ['PubkeyAcceptedAlgorithms +ssh-ed25519', 'CertificateFile ~/c']],
  ['-o AddressFamily=inet -o BindAddress=127.0.0.1', ['AddressFamily inet', 'BindAddress 127.0.0.1']],
])('%s comes before the files, in any of the ways of writing it', (text, sshOptions) => {
  expect(sshArgs('n1', [undefined, text])).toEqual({ sshOptions })
})

test('how strict is said of the whole way, jump hosts included', () => {
  expect(sshArgs('n1', ['-oStrictHostKeyChecking=accept-new'])).toMatchObject({ acceptNew: true })
  expect(sshArgs('n1', ['-o StrictHostKeyChecking=yes'])).toMatchObject({ acceptNew: false })
})

test('another file of ssh_config, or none', () => {
  expect(sshArgs('n1', ['-F /etc/jump.conf'])).toEqual({ sshConfigFiles: ['/etc/jump.conf'] })
  expect(sshArgs('n1', ['-F none'])).toEqual({ sshConfigFiles: [] })
})

test('what only OpenSSH has a use for is passed over; anything else is told, not ignored', () => {
  expect(sshArgs('n1', ['-q -o ControlMaster=auto -o ControlPersist=60s'])).toEqual({})
  for (const text of ['-o Tunnel=yes', '-o ServerAliveInterval=soon', '-w 0', '-R 1:2:3', 'word'])
    expect(() => sshArgs('n1', [text])).toThrow(InputError)
  expect(() => sshArgs('n1', ['-o "open'])).toThrow('a quote is not closed')
})

test('a wish for unchecked host keys is told and not obeyed', () => {
  const warnings: string[] = []
  expect(sshArgs('n1', ['-o StrictHostKeyChecking=no -oStrictHostKeyChecking=off'], warning => warnings.push(warning))).toEqual({})
  expect(warnings).toEqual(
    ['no', 'off'].map(value => expect.stringContaining(`StrictHostKeyChecking=${value} in ansible_ssh_args is not obeyed`) as unknown),
  )
})
