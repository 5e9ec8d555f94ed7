import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody, startHttpServer, type TestServer } from './http-server.ts'

/**
 * A stand-in for AWS Secrets Manager, not the service: GetSecretValue of its JSON protocol (AWS JSON 1.1), as the real SDK
 * asks for it. Signatures are looked at for their form only.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
export class SecretsManagerStandIn implements AsyncDisposable {
  /** The secrets that were asked for. */
  readonly asked: string[] = []
  /** Called for each request before it is answered: true when it has answered. */
  onRequest: (response: ServerResponse) => boolean = () => false
  readonly #secrets = new Map<string, string>()
  #server!: TestServer

  static async start(): Promise<SecretsManagerStandIn> {
    const service = new SecretsManagerStandIn()
    service.#server = await startHttpServer((request, response) => void service.#answer(request, response))
    return service
  }

  get endpoint(): string {
    return this.#server.origin
  }

  put(name: string, text: string): void {
    this.#secrets.set(name, text)
  }

  close(): Promise<void> {
    return this.#server.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse((await readBody(request)).toString()) as {
      SecretId: string
      VersionStage: string
    }
    this.asked.push(body.SecretId)
    if (this.onRequest(response)) return
    const text = this.#secrets.get(body.SecretId)
    if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') {
      failRequest(response, 400, 'UnknownOperationException')
      return
    }
    if (!/^AWS4-HMAC-SHA256 Credential=/.test(request.headers.authorization ?? '')) {
      failRequest(response, 403, 'MissingAuthenticationTokenException')
      return
    }
    if (text === undefined || body.VersionStage !== 'AWSCURRENT') {
      failRequest(response, 400, 'ResourceNotFoundException')
      return
    }
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(
      JSON.stringify({
        ARN: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${body.SecretId}-AbCdEf`,
        Name: body.SecretId,
        SecretString: text,
        VersionId: 'c0ffee00-0000-4000-8000-000000000000',
        VersionStages: ['AWSCURRENT'],
      }),
    )
  }
}

/** Answers with an error of the service's form. */
export function failRequest(
  response: ServerResponse,
  status: number,
  type: string,
  message = 'arn:aws:iam::123456789012:user/canary is not authorized',
): true {
  response
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type })
    .end(JSON.stringify({ __type: type, Message: message }))
  return true
}
