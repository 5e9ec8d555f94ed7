/** Reads a stream of server-sent events: each event's data, parsed. The first comment has come when it resolves. */
export async function openEventStream(url: string, headers: Record<string, string> = {}) {
  const hangUp = new AbortController()
  const response = await fetch(url, { headers, signal: hangUp.signal })
  const chunks = response.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  let text = ''
  const block = async (): Promise<string | null> => {
    while (!text.includes('\n\n')) {
      const { value, done } = await chunks.next()
      if (done) return null
      text += value
    }
    const at = text.indexOf('\n\n')
    const found = text.slice(0, at)
    text = text.slice(at + 2)
    return found
  }
  const first = await block()
  return {
    first,
    /** The next event; null at the end of the stream. */
    async next(): Promise<ReturnType<typeof JSON.parse>> {
      for (;;) {
        const found = await block()
        if (found === null) return null
        const data = found.split('\n').find((line) => line.startsWith('data: '))
        if (data !== undefined) return JSON.parse(data.slice(6))
      }
    },
    /** Events until one fits, that one included. */
    async until(fits: (event: ReturnType<typeof JSON.parse>) => boolean) {
      const seen: ReturnType<typeof JSON.parse>[] = []
      for (;;) {
        const event = await this.next()
        if (event === null) throw new Error(`The stream ended after ${JSON.stringify(seen)}`)
        seen.push(event)
        if (fits(event)) return seen
      }
    },
    close: () => hangUp.abort(),
  }
}
