const TEXT_CONTROL =
  'input:is([type=text i],[type=search i],[type=url i],[type=tel i],[type=email i],[type=password i],[type=date i],[type=month i],' +
  '[type=week i],[type=time i],[type=datetime-local i],[type=number i])'

/** Pseudo-classes that other selectors can express: those of forms and links, and jQuery's. */
export const PSEUDO_ALIASES: ReadonlyMap<string, string> = new Map([
  ['any-link', ':is(a, area, link)[href]'],
  ['link', ':any-link:not(:visited)'],
  [
    'disabled',
    ':is(:is(button, input, select, textarea, optgroup, option)[disabled], optgroup[disabled] > option, fieldset[disabled]:not(fieldset[disabled] legend:first-of-type *))',
  ],
  ['enabled', ':is(button, input, select, textarea, optgroup, option, fieldset):not(:disabled)'],
  ['checked', ':is(:is(input[type=radio], input[type=checkbox])[checked], :selected)'],
  ['required', ':is(input, select, textarea)[required]'],
  ['optional', ':is(input, select, textarea):not([required])'],
  ['read-only', `[readonly]:is(textarea, ${TEXT_CONTROL})`],
  ['read-write', `:not([readonly]):is(textarea, ${TEXT_CONTROL})`],
  [
    'selected',
    'option:is([selected], select:not([multiple]):not(:has(> option[selected])) > :first-of-type)',
  ],
  ['checkbox', '[type=checkbox]'],
  ['file', '[type=file]'],
  ['password', '[type=password]'],
  ['radio', '[type=radio]'],
  ['reset', '[type=reset]'],
  ['image', '[type=image]'],
  ['submit', '[type=submit]'],
  ['parent', ':not(:empty)'],
  ['header', ':is(h1, h2, h3, h4, h5, h6)'],
  ['button', ':is(button, input[type=button])'],
  ['input', ':is(input, textarea, select, button)'],
  ['text', `input:is(:not([type!='']), [type=text])`],
])
