// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of compose files
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { milliseconds, readCompose, startOrder } from '../../../scripts/containers/compose-file.ts'
import { onceArguments, runArguments } from '../../../scripts/containers/run-arguments.ts'

const OURS = readFileSync(new URL('../../../docker/compose.yaml', import.meta.url), 'utf8')
const PLACE = { project: 'p', folder: '/project/docker', further: ['--engine-wants=this'] }

/** A file of one service that has these lines. */
const one = (...lines: string[]) =>
  ['services:', '  web:', '    image: web:1', ...lines.map((line) => `    ${line}`)].join('\n')

describe('the reader of compose files', () => {
  it.each([
    ['a key of a service', one('privileged: true'), /privileged/],
    ['a key of the file', `${one()}\nnetworks: {}`, /unknown key/],
    ['a key deep within', one('deploy: { resources: { limits: { cpus: "2" } } }'), /cpus/],
    ['an option of security', one('security_opt: ["apparmor=unconfined"]'), /security_opt/],
    ['another form of a health check', one('healthcheck: { test: [NONE] }'), /healthcheck/],
    ['a port for everybody', one('ports: ["80:80"]'), /127\.0\.0\.1/],
    ['a secret that is not there', one('secrets: [key]'), /web names the secret key/],
    ['a volume that is not there', one('volumes: ["data:/data"]'), /web names the volume data/],
    [
      'a service that is not there',
      one('depends_on: { db: { condition: service_healthy } }'),
      /the service db/,
    ],
    [
      'a condition that it does not wait for',
      one('depends_on: { web: { condition: service_started } }'),
      /condition/,
    ],
    ['a variable that is not set', one('user: "${NOBODY}"'), /NOBODY is not set/],
    ['a dollar that is neither', one('user: "$NOBODY"'), /a \$ that is neither/],
  ])('refuses %s', (_what, text, message) => {
    expect(() => readCompose(text, {})).toThrow(message)
  })

  it('puts variables in, and takes anchors and merges', () => {
    const text = [
      'x-all: &all { restart: unless-stopped, user: "${WHO:-1}" }',
      'services:',
      '  a: { <<: *all, image: "i:${TAG:?say which}", command: ["$$HOME", "${NONE:-}"] }',
    ].join('\n')
    expect(() => readCompose(text, {})).toThrow('TAG is not set: say which')
    const { a } = readCompose(text, { TAG: '7', WHO: '5' }).services
    expect(a).toMatchObject({ image: 'i:7', user: '5', restart: 'unless-stopped', command: ['$HOME', ''] })
  })

  it('starts what others depend on first, and profiles only when they are asked for', () => {
    const file = readCompose(OURS, {})
    expect(startOrder(file, [])).toEqual(['redis', 'service', 'worker'])
    expect(startOrder(file, ['monitoring'])).toEqual(['redis', 'service', 'worker', 'prometheus', 'grafana'])
    const circle = readCompose(one('depends_on: { web: { condition: service_healthy } }'), {})
    expect(() => startOrder(circle, [])).toThrow('depends on itself')
  })
})

describe('our compose file', () => {
  const file = readCompose(OURS, { ONEJAR_SECRETS: '/safe', ONEJAR_PORT: '7777' })

  it('becomes arguments for an engine, nothing of it left out', () => {
    expect(runArguments(file, 'service', 1, PLACE)).toEqual([
      'run',
      '--detach',
      '--name=p-service-1',
      '--label=project=p',
      '--network=p',
      '--network-alias=service',
      '--restart=unless-stopped',
      '--read-only',
      '--cap-drop=ALL',
      '--security-opt=no-new-privileges',
      '--security-opt=seccomp=/project/docker/seccomp.json',
      '--tmpfs=/tmp:mode=1777',
      '--tmpfs=/var/lib/onejar:mode=1777',
      '--volume=p_audit:/var/log/onejar',
      '--volume=/safe/keys:/run/secrets/onejar-keys:ro',
      '--volume=/safe/token:/run/secrets/onejar-token:ro',
      '--volume=/safe/redis-password:/run/secrets/redis-password:ro',
      '--env=ONEJAR_KEYS_FILE=/run/secrets/onejar-keys',
      '--env=ONEJAR_REDIS_PASSWORD_FILE=/run/secrets/redis-password',
      '--env=ONEJAR_AUDIT=/var/log/onejar/audit.jsonl',
      '--shm-size=512m',
      '--memory=1g',
      '--pids-limit=512',
      '--stop-timeout=60',
      '--publish=127.0.0.1:7777:7411',
      '--engine-wants=this',
      'onejar',
      'serve',
      '--host=0.0.0.0',
      '--store=redis://redis:6379',
      '--queue=redis://redis:6379',
      '--token-file=/run/secrets/onejar-token',
      '--allow-address=public',
    ])
    const redis = runArguments(file, 'redis', 1, PLACE)
    expect(redis).toContain('--health-retries=10')
    expect(redis.join(' ')).toContain('requirepass $(cat /run/secrets/redis-password)')
    const once = onceArguments(file, 'service', ['audit', 'tail'], PLACE)
    expect(once.slice(-3)).toEqual(['onejar', 'audit', 'tail'])
    expect(once.join(' ')).not.toMatch(/--publish|--detach|--name/)
  })

  it('lets nothing run as root, or with capabilities, or on a root that can be written', () => {
    for (const [id, service] of Object.entries(file.services)) {
      expect([id, service.read_only, service.cap_drop]).toEqual([id, true, ['ALL']])
      expect([id, service.security_opt]).toEqual([id, expect.arrayContaining(['no-new-privileges:true'])])
      expect([id, service.user]).not.toEqual([id, expect.stringMatching(/^(?:0|root)(?::|$)/)])
    }
  })

  it('has no secret in an environment or a command, and gives workers longer than --drain-ms', () => {
    for (const { environment, command } of Object.values(file.services)) {
      for (const [name, value] of Object.entries(environment))
        if (/KEY|TOKEN|PASS/.test(name))
          expect([name, value]).toEqual([
            expect.stringMatching(/_FILE$/),
            expect.stringMatching(/^\/run\/secrets\//),
          ])
      expect(command.join(' ')).not.toMatch(/redis:\/\/[^ ]*@/)
    }
    const { command = [], stop_grace_period: grace = '0s' } = file.services['worker'] ?? {}
    const drainMs = Number(/--drain-ms=(\d+)/.exec(command.join(' '))?.[1])
    // Four seconds for giving up, six for what is still to be written.
    expect(milliseconds(grace)).toBeGreaterThan(drainMs + 10_000)
  })
})
