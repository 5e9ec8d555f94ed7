import { afterAll } from 'vitest'
import { closeSpareBrowsers } from './browser-pool.ts'

afterAll(closeSpareBrowsers)
