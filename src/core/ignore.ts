/** For a promise or an event whose outcome somebody else takes care of. */
export function ignore(): void {}
