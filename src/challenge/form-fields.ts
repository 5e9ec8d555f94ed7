import { ASKS_PERSON } from './phrases.ts'

const TYPED_FIELDS = new Set(['', 'text', 'email', 'password', 'tel', 'search', 'number', 'url', 'date'])
/** Names of fields that the answer to a puzzle goes into where a puzzle is shown, and a coupon or a PIN elsewhere. */
const CODE_FIELD =
  /^\w{0,12}(?:code|kode?|codigo|codice|phrase|keystring|yzm|symbols)\w{0,3}$|^verif\w{0,10}$/
/** Any quiz names its field so: it is a puzzle's where the picture was drawn for this answer alone, or where a person is asked for. */
const ANSWER_FIELD = /^ans(?:wer)?$/
const PUZZLE_PICTURE = /captcha|(?<!bar|qr|en|zip|post)code|verif|secur|random/
/** A file that lies there was not drawn for anybody, unless it is named for a puzzle. */
const DECORATES = /^(?!.{0,400}(?:captcha|code))[^?]{1,400}\.(?:svg|jpe?g|png|webp|gif)$/

/**
 * Separates the fields of a document that take the answer to a puzzle from those that people fill in, by their
 * names, the pictures beside them, and what the document begins with.
 */
export class FormFields {
  #user = 0
  #text = 0
  #choices = 0
  #passwords = 0
  /** Named for a puzzle. */
  #captcha = 0
  #codes = 0
  #answers = 0
  #puzzlePictures = 0
  #decorations = 0
  #pictureDrawn = false
  /** Whether a picture says of itself that it is one of a puzzle. */
  #puzzleShown = false

  get passwords(): number {
    return this.#passwords
  }

  /** Fields that a person fills in, whatever else is on the page: it is none for an answer by its name. */
  get typed(): number {
    return this.#user
  }

  /** Whether a field may be there for the answer to a puzzle. */
  get mayAnswer(): boolean {
    return this.#captcha + this.#codes + this.#answers > 0
  }

  /** An `input` or a `select` that can be seen. */
  add(tag: string, type: string, name: string, id: string, locked: boolean): void {
    if (type === 'password') this.#passwords += 1
    if (type === 'radio') this.#choices += 1
    if (locked || (tag === 'input' && !TYPED_FIELDS.has(type))) return
    // A widget's own field: its script puts the token there.
    if (name.endsWith('token')) return
    if (name.includes('captcha') || id.includes('captcha')) this.#captcha += 1
    else if (tag === 'select') this.#choices += 1
    else if (CODE_FIELD.test(name)) this.#codes += 1
    else if (ANSWER_FIELD.test(name)) this.#answers += 1
    else {
      this.#user += 1
      if (type === '' || type === 'text') this.#text += 1
    }
  }

  addTextArea(): void {
    this.#user += 1
  }

  addPicture(source: string, description: string): void {
    const named = source.startsWith('data:') ? description : source
    this.#pictureDrawn ||= source.startsWith('data:image/')
    if (PUZZLE_PICTURE.test(named)) {
      if (DECORATES.test(named)) this.#decorations += 1
      else this.#puzzlePictures += 1
    }
    this.#puzzleShown ||= named.includes('captcha')
  }

  /** @param opening - what the document begins with: who asks for a person comes to the point */
  sorted(opening: () => string): { readonly user: number; readonly captcha: number } {
    let user = this.#user
    let captcha = this.#captcha
    // The only field beside a picture of a puzzle, whatever its name.
    if (this.#puzzleShown && captcha + this.#passwords === 0 && this.#text === 1 && user === 1) {
      user = 0
      captcha = 1
    }
    const asked = this.#answers + this.#codes > 0 && ASKS_PERSON.test(opening())
    if (asked || this.#pictureDrawn || this.#puzzlePictures > 0) captcha += this.#answers
    else user += this.#answers
    // One choice and nothing to type is the language that a puzzle is shown in.
    if (this.#choices > 1 || user + this.#codes > 0) user += this.#choices
    const isAnswer = this.#codes === 1 && (this.#puzzlePictures > 0 || (asked && this.#decorations > 0))
    return isAnswer ? { user, captcha: captcha + 1 } : { user: user + this.#codes, captcha }
  }
}
