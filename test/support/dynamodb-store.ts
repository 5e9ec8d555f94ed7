/** The store of a test in another process, as `module:` names it: `DYNAMODB_ENDPOINT` is that of a `DynamodbServer`. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { dynamodb } from '../../src/dynamodb/index.ts'

export default dynamodb({
  table: 'onejar',
  client: new DynamoDBClient({
    endpoint: process.env['DYNAMODB_ENDPOINT'] ?? '',
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'canary-secret' },
  }),
})
