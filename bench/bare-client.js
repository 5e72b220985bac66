// The floor: ssh2 and nothing else. One connection and one script a host, all hosts at once; says how many answered.
import { readFileSync } from 'node:fs'
import ssh2 from 'ssh2'

const [hostsFile, keyFile, scriptFile] = process.argv.slice(2)
const hosts = JSON.parse(readFileSync(hostsFile, 'utf8'))
const privateKey = readFileSync(keyFile)
const script = readFileSync(scriptFile)

const ask = ({ address }) =>
  new Promise((resolve, reject) => {
    const client = new ssh2.Client()
    let output = ''
    client.on('error', reject)
    client.on('ready', () =>
      client.exec('sh', (error, channel) => {
        if (error) return reject(error)
        channel.on('data', chunk => (output += chunk))
        channel.stderr.resume()
        channel.on('close', () => {
          client.end()
          resolve(output.endsWith('end\n'))
        })
        channel.end(script)
      }),
    )
    client.connect({ host: address, username: 'root', privateKey })
  })

const answers = await Promise.all(hosts.map(ask))
process.stdout.write(`${answers.filter(Boolean).length} answered\n`)
process.exit()
