import { openWorkerPort } from '../../support/worker-port.ts'
import { describeBrowserPort } from './kit.ts'

describeBrowserPort('the browser of a worker', openWorkerPort)
