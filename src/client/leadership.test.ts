import { getEventListeners } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import { createInProcessLocks } from './in-process-locks.ts'
import {
  browserLocks,
  LeadershipError,
  type LeadershipState,
  type LockManagerLike,
  seekLeadership,
} from './leadership.ts'

/** Lets every promise that can settle do so. */
const quiet = () => new Promise((resolve) => setImmediate(resolve))

function tab(locks: LockManagerLike, options: { network?: string; signal?: AbortSignal } = {}) {
  const states: LeadershipState[] = []
  const leadership = seekLeadership({ network: 'mainnet', locks, onState: (state) => states.push(state), ...options })
  return { leadership, states }
}

describe('tabs of one origin', () => {
  test('a tab alone leads and is never told to wait', async () => {
    const { leadership, states } = tab(createInProcessLocks())
    await leadership.leading
    expect(leadership.state).toBe('leader')
    await leadership.close()
    await quiet()
    expect(states).toEqual(['leader', 'closed'])
  })

  test('the second is told to wait at once, and leads when the first closes', async () => {
    const locks = createInProcessLocks()
    const first = tab(locks)
    await first.leadership.leading
    const second = tab(locks)
    await quiet()
    expect(second.states).toEqual(['waiting'])
    expect(first.leadership.state).toBe('leader')

    const started = performance.now()
    await first.leadership.close()
    await second.leadership.leading
    expect(performance.now() - started).toBeLessThan(1_000)
    expect(second.states).toEqual(['waiting', 'leader'])
    await second.leadership.close()
  })

  test('at most one leads at any time, each gets its turn in order', async () => {
    const locks = createInProcessLocks()
    const order: number[] = []
    let leaders = 0
    await Promise.all(
      Array.from({ length: 20 }, async (_, at) => {
        const { leadership } = tab(locks)
        await leadership.leading
        expect(++leaders).toBe(1)
        order.push(at)
        await quiet()
        leaders--
        await leadership.close()
      }),
    )
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(order).toHaveLength(20)
  })

  test('each network has its own leader', async () => {
    const locks = createInProcessLocks()
    const [mainnet, hoodi] = [tab(locks), tab(locks, { network: 'hoodi' })]
    await Promise.all([mainnet.leadership.leading, hoodi.leadership.leading])
    await Promise.all([mainnet.leadership.close(), hoodi.leadership.close()])
  })
})

describe('giving up', () => {
  test('the signal ends waiting and leaves nothing behind', async () => {
    const locks = createInProcessLocks()
    const first = tab(locks)
    const abort = new AbortController()
    const second = tab(locks, { signal: abort.signal })
    await quiet()
    abort.abort()
    await expect(second.leadership.leading).rejects.toThrow(LeadershipError)
    await quiet()
    expect(second.states).toEqual(['waiting', 'closed'])
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])

    const third = tab(locks)
    await first.leadership.close()
    await third.leadership.leading
    await third.leadership.close()
  })

  test('a signal that is aborted already asks for nothing that lasts', async () => {
    const locks = createInProcessLocks()
    const given = tab(locks, { signal: AbortSignal.abort() })
    await expect(given.leadership.leading).rejects.toThrow(LeadershipError)
    await given.leadership.close()
    const next = tab(locks)
    await next.leadership.leading
    await next.leadership.close()
  })

  test('the signal does nothing to a leader, and is not listened to any more', async () => {
    const abort = new AbortController()
    const { leadership } = tab(createInProcessLocks(), { signal: abort.signal })
    await leadership.leading
    await quiet()
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
    abort.abort()
    expect(leadership.state).toBe('leader')
    await leadership.close()
  })

  test.each(['at once', 'while waiting'])('closed %s, a tab never leads', async (when) => {
    const locks = createInProcessLocks()
    const first = tab(locks)
    await first.leadership.leading
    const second = tab(locks)
    if (when === 'while waiting') await quiet()
    await Promise.all([second.leadership.close(), second.leadership.close()])
    await first.leadership.close()
    await quiet()
    expect(second.leadership.state).toBe('closed')
    expect(second.states).not.toContain('leader')
  })

  test('closed before the lock was granted, the lock is free', async () => {
    const locks = createInProcessLocks()
    const hasty = tab(locks)
    await hasty.leadership.close()
    const next = tab(locks)
    await next.leadership.leading
    await next.leadership.close()
  })
})

describe('locks that misbehave', () => {
  test('a lock that is taken by force is reported as lost', async () => {
    let steal: (reason: Error) => void = () => undefined
    const locks: LockManagerLike = {
      request: (_name, _options, granted) =>
        new Promise((_resolve, reject) => {
          steal = reject
          void granted({})
        }),
    }
    const { leadership, states } = tab(locks)
    await leadership.leading
    steal(new DOMException('stolen', 'AbortError'))
    await quiet()
    expect(states).toEqual(['leader', 'lost'])
    await leadership.close()
    expect(leadership.state).toBe('lost')
  })

  test('locks that fail end the waiting with the cause', async () => {
    const cause = new DOMException('no locks here', 'SecurityError')
    const { leadership } = tab({ request: () => Promise.reject(cause) })
    await expect(leadership.leading).rejects.toMatchObject({ name: 'LeadershipError', cause })
    expect(leadership.state).toBe('closed')
    await leadership.close()
  })

  test('a page without locks is told what it needs', () => {
    vi.stubGlobal('navigator', {})
    expect(() => browserLocks()).toThrow(LeadershipError)
    vi.stubGlobal('navigator', { locks: createInProcessLocks() })
    expect(browserLocks()).toBeDefined()
    vi.unstubAllGlobals()
  })
})

test('in-process locks run what throws and go on', async () => {
  const locks = createInProcessLocks()
  await expect(locks.request('a', {}, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside')
  await expect(locks.request('a', { signal: AbortSignal.abort() }, async () => undefined)).rejects.toThrow()
  await locks.request('a', {}, async (lock) => expect(lock).not.toBeNull())
})
