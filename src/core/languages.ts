/** The languages of an Accept-Language header, the most wanted first, without weights: `de-DE,de;q=0.9` -> `de-DE`, `de`. */
export function languagesOf(acceptLanguage: string): string[] {
  return acceptLanguage
    .split(',')
    .map((part) => (part.split(';')[0] ?? '').trim())
    .filter((language) => language !== '')
}

/**
 * The Accept-Language header that Chromium makes of a list of languages: each weight is 0.1 lower than the one before,
 * and at least 0.1.
 */
export function acceptLanguageOf(languages: readonly string[]): string {
  return languages
    .map((language, at) => (at === 0 ? language : `${language};q=${Math.max(1, 10 - at) / 10}`))
    .join(',')
}

/** The Accept-Language header of a browser in this language: `de-DE` -> `de-DE,de;q=0.9`. */
export function acceptLanguageFor(locale: string): string {
  const [language = locale] = locale.split('-')
  return acceptLanguageOf([...new Set([locale, language])])
}
