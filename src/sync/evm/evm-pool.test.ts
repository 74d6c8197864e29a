import { expect, test } from 'vitest'
import type { SpeculativeEvmService } from '../../execution/remote/evm-messages.ts'
import { EvmBusyError, EvmPool } from './evm-pool.ts'
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
  expect(await seat!.run(async () => 'mine', { tenure })).toBe('mine')
  pool.replace(0, { ...service })
  await expect(seat!.run(async () => 'mine', { tenure })).rejects.toThrow(EvmLostError)
  expect(await seat!.run(async () => 'anyone', { tenure: seat!.tenure })).toBe('anyone')
})

/** A worker that notes what is cancelled, and ends a job when told. */
function cancellable() {
  const cancelled: number[] = []
  const ends: (() => void)[] = []
  const evm = { cancel: async (name: number) => void cancelled.push(name) } as unknown as SpeculativeEvmService
  const job = () => new Promise<never>((_, reject) => ends.push(() => reject(new Error('it was cancelled'))))
  return { evm, cancelled, ends, job }
}

test('cancelled work is told to the worker, and holds no place; the worker is held to end it in time', async () => {
  const { evm, cancelled, ends, job } = cancellable()
  const hung: number[] = []
  const { limit, open } = handLimit()
  const pool = new EvmPool([evm], limit, (index) => hung.push(index))
  const { signal, abort } = aborting()
  let name = 0
  const stuck = pool.run((_, ticket) => ((name = ticket.name), job()), { kind: 'call', signal })
  await Promise.resolve()
  abort()
  await expect(stuck).rejects.toThrow('enough')
  expect([cancelled, pool.seats[0]!.load, open.length]).toEqual([[name], 0, 1])
  ends[0]!()
  await settled()
  expect(open).toEqual([])

  const again = aborting()
  const deaf = pool.run(job, { signal: again.signal })
  await Promise.resolve()
  again.abort()
  await expect(deaf).rejects.toThrow('enough')
  const other = pool.run(never)
  open[0]!.end()
  await expect(other).rejects.toThrow(EvmLostError)
  expect(hung).toEqual([0])
  await settled()
  expect(open).toEqual([])
})

test('what a worker that was replaced has not ended does not count against its successor', async () => {
  const { evm, job } = cancellable()
  const { limit, open } = handLimit()
  const pool = new EvmPool([evm], limit, () => undefined)
  const { signal, abort } = aborting()
  const stuck = pool.run(job, { signal })
  await Promise.resolve()
  abort()
  await expect(stuck).rejects.toThrow('enough')
  pool.replace(0, { ...service })
  await settled()
  expect(open).toEqual([])
  expect(await pool.run(async () => 'done')).toBe('done')
})

test('what is cancelled before it begins is not begun', async () => {
  const { evm, cancelled } = cancellable()
  const { limit, open } = handLimit()
  const pool = new EvmPool([evm], limit, () => undefined)
  let begun = 0
  const use = async () => void (begun += 1)
  const { signal, abort } = aborting()
  const late = pool.run(use, { signal })
  abort()
  await expect(late).rejects.toThrow('enough')
  await expect(pool.run(use, { signal })).rejects.toThrow('enough')
  expect([begun, cancelled, open]).toEqual([0, [], []])
})

test('calls are bounded, blocks are not kept out by them, and a cancelled call makes room', async () => {
  const { evm, job } = cancellable()
  const { limit } = handLimit()
  const pool = new EvmPool([evm], limit, () => undefined)
  const { signal, abort } = aborting()
  const one = pool.run(job, { kind: 'call', signal })
  const others = Array.from({ length: 31 }, () => pool.run(job, { kind: 'call' }))
  await settled()
  await expect(pool.run(job, { kind: 'call' })).rejects.toThrow(EvmBusyError)
  expect(await pool.run(async () => 'a block', { kind: 'import' })).toBe('a block')
  abort()
  await expect(one).rejects.toThrow('enough')
  expect(await pool.run(async () => 'a call', { kind: 'call' })).toBe('a call')
  pool.replace(0, evm)
  for (const other of others) await expect(other).rejects.toThrow(EvmLostError)
})

function aborting() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort(new Error('enough')) }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))
