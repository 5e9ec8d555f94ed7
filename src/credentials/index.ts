export {
  type Credential,
  type CredentialProvider,
  credentialFieldsSchema,
  credentialIn,
  credentialOf,
  credentialText,
  DEFAULT_TENANT,
  sameCredential,
  secretFields,
} from './credential.ts'
export { CredentialCache } from './credential-cache.ts'
export { canBeToken, fitsInHeader, isTellingName, looksRandom, tokenEnd } from './token-text.ts'
