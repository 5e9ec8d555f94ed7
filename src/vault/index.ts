export { type VaultCredentials, vaultCredentials } from './vault-credentials.ts'
export type { VaultOptions } from './vault-options.ts'
