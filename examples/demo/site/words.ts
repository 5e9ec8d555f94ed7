export const MATERIALS = [
  'Oak',
  'Walnut',
  'Linen',
  'Brass',
  'Copper',
  'Slate',
  'Cork',
  'Wool',
  'Enamel',
  'Bamboo',
]

export const THINGS = [
  'desk lamp', 'tea kettle', 'bookshelf', 'wall clock', 'notebook', 'serving tray', 'floor cushion', 'coat rack',
  'pepper mill', 'bread bin', 'plant stand', 'door mat', 'picture frame', 'letter opener', 'café stool', 'crêpe pan',
] // biome-ignore format: a word list reads better dense

export const SENTENCES = [
  'Made in small batches by a workshop that has done little else for three generations.',
  'The surface is finished by hand with three coats of oil & wax, so no two pieces look the same.',
  'It ships flat, goes together without tools in about ten minutes, and comes apart as easily when you move.',
  'Every part can be ordered by itself, and the drawings are in the box for those who would rather mend than replace.',
  'Wipe with a damp cloth; avoid anything abrasive, and keep it out of direct sun for the first few weeks.',
  'The proportions follow an older model from our archive, made a little lighter for smaller rooms.',
  'We buy the raw material within 200 km of the workshop and can tell you which supplier each lot came from.',
  'Returned pieces are repaired and sold again with a note of what was done.',
  'The edges are rounded to a radius of 4 mm, which is kinder to hands and to the paint of your walls.',
  'It pairs well with the rest of the series, though we think that it looks best standing alone.',
]

export const OPINIONS = [
  'Better in the hand than on the picture.',
  'Arrived a day early and well packed, with hardly any plastic.',
  'One screw was missing; a new one came by post within two days.',
  'I hesitated over the price, but it has been in daily use since March and still looks new.',
  'Slightly darker than expected, which suits the room even more.',
  'My second one. The first went to my daughter, who would not give it back.',
]

export const PEOPLE = [
  'Amélie R.',
  'Jonas K.',
  'Priya S.',
  'Tomás O.',
  'Ingrid B.',
  'Mei L.',
  'Samuel A.',
  'Zoë W.',
]
