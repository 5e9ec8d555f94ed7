/** Names of character references for signs of ASCII that a telling word may have in it; all need their semicolon. */
export const TELLING_NAMES: readonly string[] =
  'excl num dollar percnt lpar rpar ast midast plus comma period sol colon semi equals quest commat lsqb lbrack bsol rsqb rbrack hat lowbar underbar grave diacriticalgrave lcub lbrace verbar vert verticalline rcub rbrace fjlig bne'.split(
    ' ',
  )
