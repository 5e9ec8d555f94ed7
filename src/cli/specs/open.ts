import { defineCommand } from '../options/option.ts'
import { FETCH_OPTIONS } from './fetch-options.ts'
import { JSON_OPTION } from './store-options.ts'

const { tenant, store, proxy, insecure, silent } = FETCH_OPTIONS

export const openSpec = defineCommand({
  name: 'open',
  summary: 'log in by hand, in a window, and keep the session',
  usage: ['[flags] URL --session NAME'],
  about: [
    'Opens a page of a session in a window for a person: to log in, to solve a CAPTCHA, to look around. When the window is closed, the session is kept with what its pages have: cookies, storage, and databases where the browser still gives them. Where it was blocked at the origin of the URL, it goes on there. Ctrl-C ends it like closing the window.',
  ],
  options: {
    session: {
      value: 'NAME',
      completes: 'session',
      help: 'the session to open, kept in the store; a new one where there is none of that name',
    },
    tenant,
    store,
    cdp: {
      value: 'ENDPOINT',
      help: 'a tab of a browser that runs already, by its DevTools address: its login comes into the session; closing the tab ends it, and the browser stays',
    },
    profile: {
      value: 'FOLDER',
      completes: 'file',
      sets: 'browser.userDataDir',
      help: 'the folder of a browser profile to open the page in, which no other browser may have open; what it is logged in to comes into the session',
    },
    channel: {
      value: 'NAME',
      sets: 'browser.channel',
      help: 'the browser to start by its name: chrome, chrome-beta, msedge, ...; default: the Chromium that is found',
    },
    link: {
      help: 'no window here: print a one-time link, by which a person sees the page in their own browser and acts in it until they press Done; good for ten minutes',
    },
    host: {
      value: 'ADDRESS',
      help: 'where to listen for who opens the link; default: 127.0.0.1',
    },
    port: { value: 'PORT', help: 'the same; default: a free one' },
    'public-url': {
      value: 'URL',
      help: 'where the browser of that person reaches it, such as a proxy with TLS; default: where it listens',
    },
    proxy,
    insecure,
    silent,
    ...JSON_OPTION,
  },
  notes: ['A window needs a display (DISPLAY or WAYLAND_DISPLAY). The exit code is 101 where there is none.'],
  examples: [
    'onejar open https://shop.example/login --session alice',
    'onejar open https://shop.example/login --session alice --cdp http://127.0.0.1:9222',
    'onejar open https://shop.example/login --session alice --link',
    'onejar open https://shop.example/login --session alice --channel chrome --profile ~/.chrome-for-onejar',
  ],
})
