/** A method as fetch sends it: six names are known in any case, others stay as they are (fetch standard, "normalize a method"). */
export function normalizeMethod(method: string): string {
  return /^(?:delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method
}
