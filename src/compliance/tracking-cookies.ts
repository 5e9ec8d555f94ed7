/** Cookies that a tracker sets on the sites that embed it. */
export interface TrackerRow {
  readonly vendor: string
  /** Names; a `*` stands for anything. Case matters, as it does to browsers. */
  readonly names: readonly string[]
  /** The registrable domain the cookies are set for; null where they are set for the site itself. */
  readonly domain: string | null
  /** Where the vendor describes them. */
  readonly source: string
}

/**
 * Cookies whose purpose is to recognise people across sites and days for analytics or advertising. Cookies that a site needs to
 * work, those of bot defences among them (`cf_clearance`, `_abck`, `datadome`), are no trackers and do not belong here.
 */
export const TRACKERS: readonly TrackerRow[] = [
  {
    vendor: 'Google Analytics',
    names: ['_ga', '_ga_*', '_gid', '_gat', '_gat_*', '__utm*', 'utm_*', 'AMP_TOKEN', 'FPID', 'FPLC'],
    domain: null,
    source: 'policies.google.com/technologies/cookies',
  },
  {
    vendor: 'Google Ads',
    names: ['_gcl_*', '_gac_*', '__gads', '__gpi', '__gpi_optout'],
    domain: null,
    source: 'business.safety.google/adscookies',
  },
  {
    vendor: 'Google Ads',
    names: ['IDE', 'DSID', 'test_cookie', 'ar_debug'],
    domain: 'doubleclick.net',
    source: 'business.safety.google/adscookies',
  },
  { vendor: 'Meta', names: ['_fbp', '_fbc'], domain: null, source: 'facebook.com/privacy/policies/cookies' },
  {
    vendor: 'Microsoft Advertising',
    names: ['_uetsid', '_uetvid', '_uetsid_exp', '_uetvid_exp', '_uetmsclkid'],
    domain: null,
    source: 'help.ads.microsoft.com',
  },
  {
    vendor: 'Microsoft Clarity',
    names: ['_clck', '_clsk'],
    domain: null,
    source: 'learn.microsoft.com/clarity',
  },
  {
    vendor: 'Microsoft Clarity',
    names: ['CLID', 'MUID'],
    domain: 'clarity.ms',
    source: 'learn.microsoft.com/clarity',
  },
  { vendor: 'Hotjar', names: ['_hj*'], domain: null, source: 'help.hotjar.com' },
  { vendor: 'Segment', names: ['ajs_*'], domain: null, source: 'segment.com/docs' },
  { vendor: 'Amplitude', names: ['amplitude*', 'AMP_*'], domain: null, source: 'amplitude.com/docs' },
  { vendor: 'Mixpanel', names: ['mp_*_mixpanel', 'mp_mixpanel*'], domain: null, source: 'docs.mixpanel.com' },
  {
    vendor: 'Matomo',
    names: ['_pk_id*', '_pk_ses*', '_pk_ref*', '_pk_cvar*', '_pk_hsr*', '_pk_testcookie*'],
    domain: null,
    source: 'matomo.org/faq/general/faq_146',
  },
  {
    vendor: 'HubSpot',
    names: ['__hstc', '__hssc', '__hssrc', 'hubspotutk'],
    domain: null,
    source: 'knowledge.hubspot.com',
  },
  {
    vendor: 'Adobe Analytics',
    names: ['AMCV_*', 'AMCVS_*', 's_vi', 's_vi_*', 's_fid', 's_ecid', 's_sq'],
    domain: null,
    source: 'experienceleague.adobe.com',
  },
  {
    vendor: 'Adobe Audience Manager',
    names: ['demdex', 'dextp'],
    domain: 'demdex.net',
    source: 'experienceleague.adobe.com',
  },
  { vendor: 'Marketo', names: ['_mkto_trk'], domain: null, source: 'experienceleague.adobe.com' },
  { vendor: 'Yandex Metrica', names: ['_ym_*'], domain: null, source: 'yandex.com/support/metrica' },
  {
    vendor: 'TikTok',
    names: ['_ttp', '_tt_*', 'ttcsid', 'ttcsid_*'],
    domain: null,
    source: 'ads.tiktok.com/help',
  },
  {
    vendor: 'Pinterest',
    names: ['_pin_unauth', '_pinterest_ct*', '_derived_epik', '_epik'],
    domain: null,
    source: 'help.pinterest.com',
  },
  {
    vendor: 'LinkedIn',
    names: ['li_fat_id', 'li_giant'],
    domain: null,
    source: 'linkedin.com/legal/l/cookie-table',
  },
  {
    vendor: 'LinkedIn',
    names: ['UserMatchHistory', 'AnalyticsSyncHistory', 'li_sugr'],
    domain: 'linkedin.com',
    source: 'linkedin.com/legal/l/cookie-table',
  },
  { vendor: 'X', names: ['_twclid', '_twpid'], domain: null, source: 'help.x.com' },
  { vendor: 'Snap', names: ['_scid', '_scid_r', '_sctr'], domain: null, source: 'businesshelp.snapchat.com' },
  { vendor: 'Reddit', names: ['_rdt_uuid', '_rdt_cid'], domain: null, source: 'business.reddithelp.com' },
  {
    vendor: 'Criteo',
    names: ['cto_bundle', 'cto_bidid', 'cto_lwid'],
    domain: null,
    source: 'criteo.com/privacy',
  },
  { vendor: 'Quantcast', names: ['__qca'], domain: null, source: 'quantcast.com/privacy' },
  { vendor: 'Taboola', names: ['t_gid', 't_pt_gid'], domain: null, source: 'taboola.com/policies' },
  {
    vendor: 'Chartbeat',
    names: ['_cb', '_cb_svref', '_cb_ls', '_chartbeat*'],
    domain: null,
    source: 'chartbeat.com/privacy',
  },
  { vendor: 'Parse.ly', names: ['_parsely_*'], domain: null, source: 'docs.parse.ly' },
  { vendor: 'Heap', names: ['_hp2_*'], domain: null, source: 'developers.heap.io' },
  { vendor: 'PostHog', names: ['ph_*_posthog'], domain: null, source: 'posthog.com/docs' },
  { vendor: 'FullStory', names: ['fs_uid', 'fs_lua'], domain: null, source: 'help.fullstory.com' },
  {
    vendor: 'Crazy Egg',
    names: ['_ce.*', '_CEFT', 'cebs', 'cebsp_'],
    domain: null,
    source: 'crazyegg.com/cookies',
  },
  { vendor: 'VWO', names: ['_vwo_*', '_vis_opt_*'], domain: null, source: 'help.vwo.com' },
  { vendor: 'Klaviyo', names: ['__kla_id'], domain: null, source: 'help.klaviyo.com' },
]

const EXACT = new Map<string, TrackerRow[]>()
const WILD: { readonly pattern: RegExp; readonly row: TrackerRow }[] = []
for (const row of TRACKERS) {
  for (const name of row.names) {
    if (name.includes('*')) WILD.push({ pattern: wildcard(name), row })
    else EXACT.set(name, [...(EXACT.get(name) ?? []), row])
  }
}

/** Most names belong to no tracker: one look-up decides. */
const ANY_WILD = new RegExp(WILD.map(({ pattern }) => pattern.source).join('|'), 's')

/** The vendor of a tracking cookie; null when it is none. */
export function trackerOf(name: string, domain: string): string | null {
  for (const row of EXACT.get(name) ?? []) if (isFor(row, domain)) return row.vendor
  if (!ANY_WILD.test(name)) return null
  for (const { pattern, row } of WILD) if (pattern.test(name) && isFor(row, domain)) return row.vendor
  return null
}

function isFor(row: TrackerRow, domain: string): boolean {
  return row.domain === null || domain === row.domain || domain.endsWith(`.${row.domain}`)
}

function wildcard(name: string): RegExp {
  const source = name.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
  return new RegExp(`^${source}$`, 's')
}
