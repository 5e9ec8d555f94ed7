/** A text that a site or a file chose, so that it cannot steer the terminal: control characters become `?`. */
export function printable(text: string): string {
  return text.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '?')
}
