import { describe, expect, test } from 'vitest'
import { ClosedError, QueueFullError } from './errors.ts'
import { JobQueue } from './job-queue.ts'

/** A job that runs until it is told to end. */
function heldJob(log: string[], name: string) {
  let end = () => undefined as void
  const held = new Promise<void>((resolve) => (end = resolve))
  const job = async () => {
    log.push(`${name} begins`)
    await held
    log.push(`${name} ends`)
    return name
  }
  return { job, end }
}

describe('job queue', () => {
  test('jobs run one after another, in the order they came', async () => {
    const log: string[] = []
    const queue = new JobQueue()
    const [a, b] = [heldJob(log, 'a'), heldJob(log, 'b')]
    const results = [queue.run(a.job, undefined), queue.run(b.job, undefined)]
    b.end()
    await Promise.resolve()
    a.end()
    expect(await Promise.all(results)).toEqual(['a', 'b'])
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  })

  test('a job that fails does not hold up the next', async () => {
    const queue = new JobQueue()
    const failed = queue.run(() => Promise.reject(new Error('no')), undefined)
    const next = queue.run(async () => 'done', undefined)
    await expect(failed).rejects.toThrow('no')
    expect(await next).toBe('done')
  })

  test('more than 64 waiting jobs are refused', async () => {
    const queue = new JobQueue()
    const first = heldJob([], 'first')
    const running = queue.run(first.job, undefined)
    await Promise.resolve()
    const waiting = Array.from({ length: 64 }, (_, i) => queue.run(async () => i, undefined))
    await expect(queue.run(async () => 65, undefined)).rejects.toThrow(QueueFullError)
    first.end()
    await running
    expect(await Promise.all(waiting)).toHaveLength(64)
  })

  test('an aborted job that waits never begins; one that runs is let go of', async () => {
    const log: string[] = []
    const queue = new JobQueue()
    const [running, waiting] = [heldJob(log, 'running'), heldJob(log, 'waiting')]
    const abort = new AbortController()
    const results = [queue.run(running.job, abort.signal), queue.run(waiting.job, abort.signal)]
    await Promise.resolve()
    abort.abort(new Error('enough'))
    for (const result of results) await expect(result).rejects.toThrow('enough')
    running.end()
    expect(await queue.run(async () => 'after', undefined)).toBe('after')
    expect(log).toEqual(['running begins', 'running ends'])
  })

  test('after close nothing begins', async () => {
    const queue = new JobQueue()
    const first = heldJob([], 'first')
    const running = queue.run(first.job, undefined)
    const waiting = queue.run(async () => 'never', undefined)
    await Promise.resolve()
    queue.close()
    first.end()
    expect(await running).toBe('first')
    await expect(waiting).rejects.toThrow(ClosedError)
    await expect(queue.run(async () => 'never', undefined)).rejects.toThrow(ClosedError)
  })
})
