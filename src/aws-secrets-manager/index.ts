export { type AwsSecretsManagerCredentials, awsSecretsManagerCredentials } from './aws-credentials.ts'
export type { AwsIdentity, AwsSecretsManagerOptions, SecretsManagerClientLike } from './aws-options.ts'
