import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** A certificate authority in a folder, and what it signs. */
export class Authority {
  readonly #folder: string
  readonly path: string

  constructor(folder: string, name: string) {
    this.#folder = folder
    this.path = join(folder, `${name}.pem`)
    const files = ['-keyout', join(folder, 'ca.key'), '-out', this.path]
    openssl('req', '-x509', ...CURVE, '-days', '2', ...files, '-subj', `/CN=${name}`)
  }

  get pem(): string {
    return readFileSync(this.path, 'utf8')
  }

  /** @returns the paths of a certificate for localhost and of its key */
  sign(name: string): { readonly cert: string; readonly key: string } {
    const [cert, key, request] = ['pem', 'key', 'csr'].map((end) => join(this.#folder, `${name}.${end}`)) as [
      string,
      string,
      string,
    ]
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    openssl('req', ...CURVE, '-keyout', key, '-out', request, '-subj', `/CN=${name}`, ...names)
    const by = ['-CA', this.path, '-CAkey', join(this.#folder, 'ca.key'), '-CAcreateserial']
    openssl('x509', '-req', '-in', request, ...by, '-days', '2', '-copy_extensions', 'copy', '-out', cert)
    return { cert, key }
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' })
}
