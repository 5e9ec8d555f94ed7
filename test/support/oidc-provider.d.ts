declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  interface Grant {
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }

  export default class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    readonly Grant: new (given: {
      readonly clientId: string
      readonly accountId: string
    }) => Grant
    readonly AccessToken: { find(value: string): Promise<{ readonly accountId: string } | undefined> }
    on(
      event: 'grant.success',
      listener: (ctx: { readonly body?: { readonly access_token?: string } }) => void,
    ): this
    callback(): RequestListener
    interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>
  }
}
