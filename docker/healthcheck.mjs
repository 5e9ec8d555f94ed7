// Asks the process in this container how it is: `serve` on 7411, `worker` on 9464.
const ports = process.env.ONEJAR_HEALTH_PORT ? [process.env.ONEJAR_HEALTH_PORT] : ['7411', '9464']
const answers = await Promise.allSettled(
  ports.map((port) => fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(4_000) })),
)
process.exit(answers.some(({ value }) => value?.ok) ? 0 : 1)
