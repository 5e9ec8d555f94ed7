/**
 * What the scripts share. A session is five keys with one hash tag, so that a cluster keeps them on one node:
 *
 * - `meta` hash: epoch, number, floor, label, created, written, expires, horizon, size, count
 * - `entries` hash: field -> row, packed as `TIME WRITER NUMBER TOMBSTONE EXPIRES` LF body (EXPIRES is `-` for never)
 * - `numbers` sorted set: field by the number of the change that wrote it
 * - `locks` hash: purpose -> `FENCE UNTIL TOKEN`, by the server's clock; '' -> the greatest fence among the locks that are gone,
 *   which stands in for each of them: one goes only when nobody may write under it any more (it was given back, or its holder has
 *   been dead for a day)
 * - `news` channel: `VERSION INSTANCE`
 *
 * The epoch that others see ends in the server's run id: after a restart or a failover, which can lose the last writes,
 * every reader finds the history changed and commits what it holds. Where INFO is forbidden that falls away.
 *
 * Numbers above 2^53 do not occur; `%.0f` writes those that `..` would write with an exponent.
 */
const PRELUDE = `
local META, ENTRIES, NUMBERS, LOCKS, CHANGED = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

local function whole(n) return string.format('%.0f', n) end

local function run_id()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%x%x%x%x%x%x%x%x)') or 'unknown'
end

-- What is no row counts as older than everything, so that whatever is written takes its place.
local function unpack_row(packed)
  local time, writer, number, tombstone, expires, at =
    string.match(packed, '^(%d+) (%S+) (%d+) ([01]) (%S+)\\n()')
  if not at then
    local feed = string.find(packed, '\\n', 1, true) or 0
    return { time = -1, writer = '', number = 0, tombstone = false, body = string.sub(packed, feed + 1) }
  end
  return {
    time = tonumber(time), writer = writer, number = tonumber(number), tombstone = tombstone == '1',
    expires = tonumber(expires), body = string.sub(packed, at)
  }
end

local function row_size(field, body) return #field + #body end

local function is_count(n) return n and n >= 0 and n < 9007199254740992 and n % 1 == 0 end

-- Whether a session was found of which a part is missing or is nothing of ours: half of one is worse than none.
local torn = false

local function give_up(is_torn)
  torn = is_torn
  redis.call('DEL', META, ENTRIES, NUMBERS)
  return nil
end

local function find_session(now)
  local m = redis.pcall('HMGET', META, 'number', 'floor', 'expires', 'horizon', 'size', 'count', 'epoch')
  if m.err then return give_up(true) end
  if not m[7] then
    if redis.call('EXISTS', META, ENTRIES, NUMBERS) > 0 then return give_up(true) end
    return nil
  end
  local n = {}
  for at = 1, 6 do
    n[at] = tonumber(m[at] or '')
    if not is_count(n[at]) then return give_up(true) end
  end
  if n[3] <= now then return give_up(false) end
  if redis.pcall('HLEN', ENTRIES) ~= n[6] or redis.pcall('ZCARD', NUMBERS) ~= n[6] then return give_up(true) end
  return {
    epoch = m[7] .. '-' .. run_id(), number = n[1], floor = n[2], expires = n[3], horizon = n[4], size = n[5], count = n[6]
  }
end

local function version_of(session)
  return session and session.epoch .. '.' .. whole(session.number) or ''
end

local function keep_until(session, now, floor_ms, ceiling_ms)
  return math.max(now + floor_ms, math.min(now + ceiling_ms, session.horizon))
end

local function expire_at(now, instant)
  local ttl = whole(math.max(1, instant - now))
  redis.call('HSET', META, 'expires', whole(instant))
  for _, key in ipairs({ META, ENTRIES, NUMBERS }) do redis.call('PEXPIRE', key, ttl) end
end

local function rows_above(above)
  if above == 0 then return redis.call('HGETALL', ENTRIES) end
  local fields = redis.call('ZRANGEBYSCORE', NUMBERS, '(' .. whole(above), '+inf')
  local rows = {}
  for _, field in ipairs(fields) do
    local packed = redis.call('HGET', ENTRIES, field)
    if packed then
      rows[#rows + 1] = field
      rows[#rows + 1] = packed
    end
  end
  return rows
end

-- What a reader who knows a version has to be given: see catchUp in version.ts.
local function rows_since(session, epoch, number)
  if epoch == '' then return 'changes', session and rows_above(0) or {} end
  if not session then return 'reset', {} end
  if epoch ~= session.epoch or number > session.number then return 'reset', rows_above(0) end
  if number < session.floor then return 'snapshot', rows_above(0) end
  return 'changes', rows_above(number)
end

local function tell(session, publish, instance)
  redis.call(publish, CHANGED, version_of(session) .. ' ' .. instance)
end

-- The fence of the last holder, or one that is no smaller where the lock is gone.
local function last_fence(purpose)
  local held = redis.call('HGET', LOCKS, purpose) or redis.call('HGET', LOCKS, '') or ''
  return tonumber(string.match(held, '^%d+') or '') or 0
end

local function forget_lock(purpose, fence)
  redis.call('HDEL', LOCKS, purpose)
  if fence > last_fence('') then redis.call('HSET', LOCKS, '', whole(fence)) end
end

local function remove_row(session, field, row)
  redis.call('HDEL', ENTRIES, field)
  redis.call('ZREM', NUMBERS, field)
  session.size = session.size - row_size(field, row.body)
  session.count = session.count - 1
end

local function save_counts(session)
  redis.call('HSET', META, 'size', whole(session.size), 'count', whole(session.count), 'floor', whole(session.floor))
end
`

export interface ScriptSource {
  readonly numberOfKeys: number
  readonly lua: string
}

/** Each takes the five keys of a session, in the order above, unless it says otherwise. */
export const REDIS_SCRIPTS = {
  /**
   * ARGV: now, retention floor, retention ceiling, grain of use, epoch and number of the version known.
   * Result: version, extent, rows (field, packed, ...), whether the session was torn and given up (1 or 0).
   */
  onejarRead: session(`
local now, floor_ms, ceiling_ms, grain = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local session = find_session(now)
if session and session.count > 0 then
  local expires = keep_until(session, now, floor_ms, ceiling_ms)
  if expires - session.expires > grain then expire_at(now, expires) end
end
local extent, rows = rows_since(session, ARGV[5], tonumber(ARGV[6]))
return { version_of(session), extent, rows, torn and 1 or 0 }
`),

  /**
   * ARGV: now, retention floor, retention ceiling, size limit, label, whether changes of others are wanted (1 or 0), epoch and number
   * of the version known, epoch of a new session, purpose of the lock ('' for none), its fence, PUBLISH or SPUBLISH,
   * instance, whether to write what there is room for (1 or 0), and per row: field, time, writer, tombstone (1 or 0),
   * expires, body, whether there is an over, over.
   * Result: status (done, too-large, lock-lost), version, rows written, rows kept, fields refused, extent ('' for no
   * changes), rows, whether the session was torn and is begun anew (1 or 0).
   * Event: on `news` when a row was written.
   */
  onejarCommit: session(`
local now, limit = tonumber(ARGV[1]), tonumber(ARGV[4])
if ARGV[10] ~= '' and last_fence(ARGV[10]) > tonumber(ARGV[11]) then return { 'lock-lost' } end
local found = find_session(now)
local session = found or { epoch = '', number = 0, floor = 0, horizon = 0, size = 0, count = 0 }
local winners, kept, grown = {}, {}, 0
for at = 15, #ARGV, 8 do
  local field, time, writer, body = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 5]
  local packed = found and redis.call('HGET', ENTRIES, field)
  local stored = packed and unpack_row(packed)
  local wins = not stored or time > stored.time
  if stored and time == stored.time then
    wins = writer > stored.writer
      or (writer == stored.writer and ARGV[at + 6] == '1' and ARGV[at + 7] == stored.body)
  end
  if wins then
    local growth = row_size(field, body) - (stored and row_size(field, stored.body) or 0)
    -- The deletion of what is not here is of the least use.
    local rank = ARGV[at + 3] == '1' and not stored and math.huge or growth
    winners[#winners + 1] = { at = at, growth = growth, rank = rank }
    grown = grown + growth
  else
    kept[#kept + 1] = field
    kept[#kept + 1] = packed
  end
end
local refused = {}
if grown > 0 and session.size + grown > limit then
  if ARGV[14] == '0' then return { 'too-large' } end
  table.sort(winners, function(a, b) return a.rank < b.rank end)
  local fitting = {}
  grown = 0
  for _, winner in ipairs(winners) do
    if winner.growth > 0 and session.size + grown + winner.growth > limit then
      refused[#refused + 1] = ARGV[winner.at]
    else
      fitting[#fitting + 1] = winner
      grown = grown + winner.growth
    end
  end
  winners = fitting
end

local extent, changes = '', {}
if ARGV[6] == '1' then extent, changes = rows_since(found, ARGV[7], tonumber(ARGV[8])) end

if #winners > 0 then
  if not found then
    redis.call('DEL', META, ENTRIES, NUMBERS)
    redis.call('HSET', META, 'epoch', ARGV[9], 'created', ARGV[1])
    session.epoch = ARGV[9] .. '-' .. run_id()
  end
  session.number = session.number + 1
  local number = whole(session.number)
  for _, winner in ipairs(winners) do
    local at = winner.at
    local field, tombstone, expires = ARGV[at], ARGV[at + 3], ARGV[at + 4]
    local head = ARGV[at + 1] .. ' ' .. ARGV[at + 2] .. ' ' .. number .. ' ' .. tombstone .. ' ' .. expires .. '\\n'
    session.count = session.count + redis.call('HSET', ENTRIES, field, head .. ARGV[at + 5])
    redis.call('ZADD', NUMBERS, number, field)
    if tombstone == '0' and expires ~= '-' then session.horizon = math.max(session.horizon, tonumber(expires)) end
  end
  session.size = session.size + grown
  redis.call('HSET', META, 'number', number, 'label', ARGV[5], 'written', ARGV[1], 'horizon', whole(session.horizon))
  save_counts(session)
  expire_at(now, keep_until(session, now, tonumber(ARGV[2]), tonumber(ARGV[3])))
  tell(session, ARGV[12], ARGV[13])
  found = session
end
if extent == 'snapshot' or extent == 'reset' then changes = found and rows_above(0) or {} end
return { 'done', version_of(found), #winners, kept, refused, extent, changes, torn and 1 or 0 }
`),

  /** ARGV: now, and per row: field, body it must have. Result: nothing. */
  onejarDrop: session(`
local session = find_session(tonumber(ARGV[1]))
if not session then return 0 end
for at = 2, #ARGV, 2 do
  local packed = redis.call('HGET', ENTRIES, ARGV[at])
  local row = packed and unpack_row(packed)
  if row and row.body == ARGV[at + 1] then remove_row(session, ARGV[at], row) end
end
save_counts(session)
return 0
`),

  /**
   * Leaves a session without entries, so that those who have it loaded are notified.
   * ARGV: now, how long that is remembered, PUBLISH or SPUBLISH, instance. Result: 1, or 0 when there was none.
   */
  onejarRemove: session(`
local now = tonumber(ARGV[1])
local session = find_session(now)
if not session or session.count == 0 then return 0 end
redis.call('DEL', ENTRIES, NUMBERS)
session.number, session.size, session.count = session.number + 1, 0, 0
session.floor = session.number
redis.call('HSET', META, 'number', whole(session.number), 'label', '', 'horizon', '0')
save_counts(session)
expire_at(now, now + tonumber(ARGV[2]))
tell(session, ARGV[3], ARGV[4])
return 1
`),

  /**
   * ARGV: now, 'expired' (and the locks of holders that died a day ago) or 'deletions' (all of them as well).
   * Result: -1 when the session's time was up, else how many entries were dropped.
   */
  onejarPurge: session(`
local now = tonumber(ARGV[1])
if ARGV[2] == 'expired' then
  local locks, long_ago = redis.pcall('HGETALL', LOCKS), redis.call('TIME')[1] * 1000 - 86400000
  for at = 1, locks.err and 0 or #locks, 2 do
    local fence, expires = string.match(locks[at + 1], '^(%d+) (%d+) ')
    if expires and tonumber(expires) < long_ago then forget_lock(locks[at], tonumber(fence)) end
  end
end
local existed = redis.call('EXISTS', META) == 1
local session = find_session(now)
if not session then return existed and -1 or 0 end
local rows, purged = redis.call('HGETALL', ENTRIES), 0
for at = 1, #rows, 2 do
  local row = unpack_row(rows[at + 1])
  if (row.expires and row.expires <= now) or (row.tombstone and ARGV[2] == 'deletions') then
    remove_row(session, rows[at], row)
    if row.tombstone then session.floor = math.max(session.floor, row.number) end
    purged = purged + 1
  end
end
if purged > 0 then save_counts(session) end
return purged
`),

  /**
   * ARGV: purpose, token, time to live. Result: the fence, or nothing when the lock is held.
   * A fence is at least the server's time, so that it grows even when the key was lost.
   */
  onejarLock: session(`
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local held = redis.call('HGET', LOCKS, ARGV[1])
local expires = held and string.match(held, '^%d+ (%d+) ')
if expires and tonumber(expires) > now then return false end
local fence = math.max(now, last_fence(ARGV[1]) + 1)
redis.call('HSET', LOCKS, ARGV[1], whole(fence) .. ' ' .. whole(now + tonumber(ARGV[3])) .. ' ' .. ARGV[2])
redis.call('PEXPIRE', LOCKS, whole(math.max(redis.call('PTTL', LOCKS), tonumber(ARGV[3]) + 86400000)))
return whole(fence)
`),

  /**
   * ARGV: purpose, token, time to live (0 gives the lock back), now, PUBLISH or SPUBLISH, instance.
   * Result: 1, or 0 when the lock was lost. Event: on `news` when it was given back.
   */
  onejarExtend: session(`
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local held = redis.call('HGET', LOCKS, ARGV[1])
if not held then return 0 end
local fence, expires, token = string.match(held, '^(%d+) (%d+) (.*)$')
if token ~= ARGV[2] or tonumber(expires) <= now then return 0 end
local ttl = tonumber(ARGV[3])
if ttl == 0 then
  forget_lock(ARGV[1], tonumber(fence))
  tell(find_session(tonumber(ARGV[4])), ARGV[5], ARGV[6])
else
  redis.call('HSET', LOCKS, ARGV[1], fence .. ' ' .. whole(now + ttl) .. ' ' .. token)
  redis.call('PEXPIRE', LOCKS, whole(math.max(redis.call('PTTL', LOCKS), ttl + 86400000)))
end
return 1
`),

  /** KEYS: the facts. ARGV: fact, whether it is there, what it is, what it becomes. Result: 1 when it was set. */
  onejarSwap: {
    numberOfKeys: 1,
    lua: `
local is = redis.call('HGET', KEYS[1], ARGV[1])
if (ARGV[2] == '1') ~= (is ~= false) or (is and is ~= ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
return 1
`,
  },
} as const satisfies Record<string, ScriptSource>

export type RedisScriptName = keyof typeof REDIS_SCRIPTS

function session(lua: string): ScriptSource {
  return { numberOfKeys: 5, lua: PRELUDE + lua }
}
