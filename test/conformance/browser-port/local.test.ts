import { openLocalBrowser } from '../../support/local-browser.ts'
import { describeBrowserPort } from './kit.ts'

describeBrowserPort('the browser of this process', () => openLocalBrowser())
