/** The environment variables that a browser and other programs need, in upper case: paths, language, display, graphics. */
const NEEDED = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TMP', 'TEMP', 'TZ', 'LANG', 'LANGUAGE'],
  ...['DISPLAY', 'XAUTHORITY', 'WAYLAND_DISPLAY', 'DBUS_SESSION_BUS_ADDRESS', 'DBUS_SYSTEM_BUS_ADDRESS'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'SSLKEYLOGFILE', '__CF_USER_TEXT_ENCODING'],
  ...[
    'SYSTEMROOT',
    'SYSTEMDRIVE',
    'WINDIR',
    'COMSPEC',
    'PATHEXT',
    'OS',
    'USERNAME',
    'USERDOMAIN',
    'USERPROFILE',
  ],
  ...['HOMEDRIVE', 'HOMEPATH', 'APPDATA', 'LOCALAPPDATA', 'ALLUSERSPROFILE', 'PUBLIC', 'PROGRAMDATA'],
  ...['PROGRAMFILES', 'PROGRAMFILES(X86)', 'PROGRAMW6432', 'NUMBER_OF_PROCESSORS'],
  ...['COMMONPROGRAMFILES', 'COMMONPROGRAMFILES(X86)', 'COMMONPROGRAMW6432'],
])

const NEEDED_PREFIX =
  /^(?:LC_|LD_|DYLD_|XDG_|FONTCONFIG_|GTK_|GDK_|QT_|LIBGL_|MESA_|VK_|EGL_|__EGL_|__GLX_|LIBVA_|PULSE_|PROCESSOR_)/

/** Variables that turn off the browser's sandbox, set its flags, and the like; API keys are among them. */
const BROWSER_PREFIX = /^(?:CHROME|CHROMIUM)_(?!.*(?:KEY|TOKEN|SECRET|PASS))/

const PROXIES = new Set(['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'ALL_PROXY'])

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The environment for child processes: the variables that they need, by name, and nothing else. The environment of many
 * services holds keys, tokens and passwords; a child process and its children would hold them in memory. Credentials in
 * the URL of a proxy are removed.
 *
 * @param further - passed on unchanged
 */
export function childEnvironment(
  further: Environment = {},
  env: Environment = process.env,
): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    const shown = value === undefined ? null : shownToChildren(name.toUpperCase(), value)
    if (shown !== null) kept[name] = shown
  }
  for (const [name, value] of Object.entries(further)) if (value !== undefined) kept[name] = value
  return kept
}

function shownToChildren(name: string, value: string): string | null {
  if (PROXIES.has(name)) return withoutCredentials(value)
  if (name === 'NO_PROXY') return value
  return NEEDED.has(name) || NEEDED_PREFIX.test(name) || BROWSER_PREFIX.test(name) ? value : null
}

/** Null when it cannot be parsed. */
function withoutCredentials(proxy: string): string | null {
  const at = proxy.lastIndexOf('@')
  if (at === -1) return proxy
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(proxy)?.[0] ?? ''
  const address = proxy.slice(at + 1)
  return /^[\w.:[\]-]+\/?$/.test(address) ? scheme + address : null
}
