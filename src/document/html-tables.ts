/**
 * The tags that an opening or closing tag implies, as in htmlparser2: nearly what browsers do, without their repairs of
 * tables and of misnested formatting.
 */

const words = (text: string) => text.trim().split(/\s+/)

/** Elements that have no content. */
export const VOID_ELEMENTS: ReadonlySet<string> = new Set(
  words(
    'area base basefont br col command embed frame hr img input isindex keygen link meta param source track wbr',
  ),
)

/** An opening tag, and which open elements it closes when they are the innermost ones. */
export const OPEN_CLOSES: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  (
    [
      ['tr', 'tr th td'],
      ['th', 'th'],
      ['td', 'thead th td'],
      ['body', 'head link script'],
      ['a', 'a'],
      ['li', 'li'],
      [
        'p address article aside blockquote details div dl fieldset figcaption figure footer form header hr main nav ol pre section table ul',
        'p',
      ],
      ['h1 h2 h3 h4 h5 h6', 'h1 h2 h3 h4 h5 h6 p'],
      [
        'select input output button datalist textarea',
        'input option optgroup select button datalist textarea',
      ],
      ['option', 'option'],
      ['optgroup', 'optgroup option'],
      ['dd dt', 'dd dt'],
      ['rt rp', 'rt rp'],
      ['tbody tfoot', 'thead tbody'],
    ] as const
  ).flatMap(([opening, closed]) => {
    const names = new Set(words(closed))
    return words(opening).map((name) => [name, names] as const)
  }),
)

/** Elements of SVG and MathML whose content is HTML. */
export const HTML_INTEGRATION: ReadonlySet<string> = new Set(
  words('mi mo mn ms mtext annotation-xml foreignObject desc title'),
)

/** Names in SVG that are not lower case, by their lower-case form. */
export const SVG_NAMES: ReadonlyMap<string, string> = new Map(
  words(`
    altGlyph altGlyphDef altGlyphItem animateColor animateMotion animateTransform clipPath feBlend feColorMatrix
    feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight
    feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology
    feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence foreignObject glyphRef linearGradient
    radialGradient textPath
  `).map((name) => [name.toLowerCase(), name]),
)
