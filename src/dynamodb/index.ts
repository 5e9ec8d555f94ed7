export { type CreateTableOptions, createTable } from './create-table.ts'
export { type DynamodbOptions, dynamodb } from './dynamodb.ts'
