import { SecretsManagerStandIn } from '../../support/secrets-manager-stand-in.ts'
import { VaultStandIn } from '../../support/vault-stand-in.ts'

// A stand-in in a process of its own, to be killed. With `hang` it answers a secret by half, and says so with a line.
const [kind, mode] = process.argv.slice(2)
const say = (line: string) => process.stdout.write(`${line}\n`)
if (kind === 'vault') {
  const vault = await VaultStandIn.start()
  vault.put('onejar/default/alice', { username: 'alice', password: 'canary-one' })
  vault.onRequest = (path, response) => {
    if (mode !== 'hang' || !path.startsWith('secret/')) return false
    response.writeHead(200, { 'content-length': '1000' }).write('{"data":{', () => say('half'))
    return true
  }
  say(vault.address)
} else {
  const service = await SecretsManagerStandIn.start()
  service.put('onejar/default/alice', JSON.stringify({ username: 'alice', password: 'canary-one' }))
  service.onRequest = (response) => {
    if (mode !== 'hang') return false
    response.writeHead(200, { 'content-length': '1000' }).write('{"Secret', () => say('half'))
    return true
  }
  say(service.endpoint)
}
