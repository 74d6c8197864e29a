import { expect, test } from 'vitest'
import type { SpeculativeEvmService } from '../../execution/remote/evm-messages.ts'
import { EvmPool } from './evm-pool.ts'
import { EvmLostError, EXECUTION_LIMIT_MS, type Limit } from './evm-seat.ts'

const service = {} as SpeculativeEvmService
const never = () => new Promise<never>(() => undefined)

/** Limits that are over when told. */
function handLimit() {
  const open: { ms: number; end: () => void }[] = []
  const limit: Limit = (ms) => {
    let end = () => undefined as void
    const reached = new Promise<never>((_, reject) => (end = () => reject(new Error('over'))))
    const entry = { ms, end }
    open.push(entry)
    return { reached, cancel: () => void open.splice(open.indexOf(entry), 1) }
  }
  return { limit, open }
}

test('work goes to the workers in turn, and limits are let go of', async () => {
  const [a, b] = [{ ...service }, { ...service }]
  const { limit, open } = handLimit()
  const pool = new EvmPool([a, b], limit, () => undefined)
  const used: SpeculativeEvmService[] = []
  for (let i = 0; i < 3; i++) await pool.run(async (evm) => void used.push(evm))
  expect(used).toEqual([a, b, a])
  expect(open).toEqual([])
})

test('a worker that hangs is given up, and its place is used again once it is replaced', async () => {
  const hung: number[] = []
  const { limit, open } = handLimit()
  const pool = new EvmPool([service], limit, (index) => hung.push(index))
  const stuck = pool.run(never)
  expect(open.map(({ ms }) => ms)).toEqual([EXECUTION_LIMIT_MS])
  open[0]!.end()
  await expect(stuck).rejects.toThrow(EvmLostError)
  expect(hung).toEqual([0])

  const next = pool.run(async (evm) => evm)
  const fresh = { ...service }
  pool.replace(0, fresh)
  expect(await next).toBe(fresh)
  expect(open).toEqual([])
})

test('the block of a worker that dies fails at once, and the next goes to its replacement', async () => {
  const { limit, open } = handLimit()
  const pool = new EvmPool([service], limit, () => undefined)
  const stuck = pool.run(never)
  const fresh = { ...service }
  pool.replace(0, fresh)
  await expect(stuck).rejects.toThrow(EvmLostError)
  expect(await pool.run(async (evm) => evm)).toBe(fresh)
  expect(open).toEqual([])
})

test('waiting for a replacement is bounded too', async () => {
  const { limit, open } = handLimit()
  const pool = new EvmPool([service], limit, () => undefined)
  const stuck = pool.run(never)
  open[0]!.end()
  await expect(stuck).rejects.toThrow(EvmLostError)
  const waiting = pool.run(async () => 'done')
  open[0]!.end()
  await expect(waiting).rejects.toThrow(EvmLostError)
})

test('what gave up waiting for a replacement is not begun when it comes', async () => {
  const { limit, open } = handLimit()
  const pool = new EvmPool([service], limit, () => undefined)
  const stuck = pool.run(never)
  open[0]!.end()
  await expect(stuck).rejects.toThrow(EvmLostError)
  let begun = 0
  const waiting = pool.run(async () => void (begun += 1))
  open[0]!.end()
  await expect(waiting).rejects.toThrow(EvmLostError)
  pool.replace(0, { ...service })
  expect(await pool.run(async () => 'done')).toBe('done')
  expect([begun, pool.seats[0]!.load]).toEqual([0, 0])
})

test('while a replacement is waited for, work goes to those that are there', async () => {
  const [a, b] = [{ ...service }, { ...service }]
  const { limit, open } = handLimit()
  const pool = new EvmPool([a, b], limit, () => undefined)
  const stuck = pool.run(never)
  open[0]!.end()
  await expect(stuck).rejects.toThrow(EvmLostError)
  const busy = pool.run(never)
  expect(await pool.run(async (evm) => evm)).toBe(b)
  pool.replace(1, b)
  await expect(busy).rejects.toThrow(EvmLostError)
})

test('what the work throws comes through', async () => {
  const { limit, open } = handLimit()
  const pool = new EvmPool([service], limit, () => undefined)
  await expect(pool.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(open).toEqual([])
})

test('a busy worker is passed by, and all that a hung one was doing is lost', async () => {
  const [a, b] = [{ ...service }, { ...service }]
  const { limit, open } = handLimit()
  const pool = new EvmPool([a, b], limit, () => undefined)
  const stuck = [pool.run(never), pool.seats[0]!.run(never)]
  await Promise.resolve()
  expect(await pool.run(async (evm) => evm)).toBe(b)
  expect(await pool.run(async (evm) => evm)).toBe(b)
  open[0]!.end()
  for (const one of stuck) await expect(one).rejects.toThrow(EvmLostError)
})

test('what was begun with one worker is not gone on with by its successor', async () => {
  const { limit } = handLimit()
  const pool = new EvmPool([service], limit, () => undefined)
  const [seat] = pool.seats
  const { tenure } = seat!
  expect(await seat!.run(async () => 'mine', tenure)).toBe('mine')
  pool.replace(0, { ...service })
  await expect(seat!.run(async () => 'mine', tenure)).rejects.toThrow(EvmLostError)
  expect(await seat!.run(async () => 'anyone', seat!.tenure)).toBe('anyone')
})
