import { afterAll } from 'vitest'
import { closePooledBrowsers } from './browser-pool.ts'

afterAll(closePooledBrowsers)
