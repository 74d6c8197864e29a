/** Which workers take part in a block that is run ahead. */
import { expect, test } from 'vitest'
import { testBlock, testJob } from '../../execution/execution.fixtures.ts'
import type { SpeculativeEvmService } from '../../execution/remote/evm-messages.ts'
import { EvmPool } from '../evm/evm-pool.ts'
import { timerLimit } from '../evm/evm-seat.ts'
import { NO_VALUES } from '../known-values.ts'
import type { BlockFetch } from '../state-fetch/block-fetch.ts'
import { BlockSpeculation } from './block-speculation.ts'

const job = testJob('tuned', testBlock('prague', []))
const { signal } = new AbortController()

/** A worker that counts its sessions. */
function worker(open: () => Promise<void>) {
  const sessions = new Set<number>()
  const evm = {
    open: async (session: number) => {
      await open()
      sessions.add(session)
      return { kind: 'open', groups: [], lacking: [] }
    },
    close: async (session: number) => void sessions.delete(session),
  } as unknown as SpeculativeEvmService
  return { sessions, evm }
}

const speculationAt = (seats: EvmPool['seats']) =>
  BlockSpeculation.open({
    job,
    known: NO_VALUES,
    fetch: {} as BlockFetch,
    predicted: [],
    seats,
    kind: 'import',
    signal,
  })

test('a worker that cannot begin is left out: no session of another is left behind', async () => {
  const good = worker(async () => undefined)
  const full = worker(() => Promise.reject(new Error('8 sessions are open')))
  const { seats } = new EvmPool([good.evm, full.evm], timerLimit, () => undefined)
  const speculation = await speculationAt(seats)
  expect(good.sessions.size).toBe(1)
  speculation!.close()
  await new Promise((resolve) => void setImmediate(resolve))
  expect(good.sessions.size).toBe(0)
})

test('where none can begin, nothing is run ahead', async () => {
  const full = worker(() => Promise.reject(new Error('8 sessions are open')))
  const { seats } = new EvmPool([full.evm], timerLimit, () => undefined)
  expect(await speculationAt(seats)).toBeUndefined()
})

test('a worker that hung is not waited for', async () => {
  const good = worker(async () => undefined)
  const hung = worker(async () => undefined)
  let end = () => undefined as void
  const limit: typeof timerLimit = () => ({
    reached: new Promise<never>((_, reject) => (end = () => reject(new Error('over')))),
    cancel: () => undefined,
  })
  const { seats } = new EvmPool([good.evm, hung.evm], limit, () => undefined)
  const stuck = seats[1]!.run(() => new Promise<never>(() => undefined))
  end()
  await expect(stuck).rejects.toThrow('has not come back')
  expect(await speculationAt(seats)).toBeDefined()
  expect([good.sessions.size, hung.sessions.size]).toEqual([1, 0])
})
