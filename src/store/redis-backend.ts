import { type Clock, OnejarError } from '../core/index.ts'
import type { Backend, Limits } from './backend.ts'

export class RedisBackend {
  static async open(_url: string, _options: object, _limits: Limits, _clock: Clock): Promise<Backend> {
    throw new OnejarError('ONEJAR_STORE_UNAVAILABLE', 'Redis is not supported yet')
  }
}
