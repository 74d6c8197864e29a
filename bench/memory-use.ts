/** Memory of a client and its workers, asked of V8's own inspector, in Node and in a page. */
import { readFile } from 'node:fs/promises'
import { Session } from 'node:inspector'
import type { CDPSession, Page } from '@playwright/test'

export interface MemoryUse {
  /** Bytes of JavaScript objects of all threads, each counted after a garbage collection. Null where one did not answer. */
  readonly heapBytes: number | null
  /** Bytes of memory that the process holds, by the system's count; of a browser: its page's. Null where it does not say. */
  readonly residentBytes: number | null
}

/** ms for a thread to answer, which it does between two pieces of work: a thread that has just ended never does. */
const ANSWER_LIMIT_MS = 20_000

/** This process with all worker threads that it starts from now on. */
export function nodeMemory(): () => Promise<MemoryUse> {
  const session = new Session()
  session.connect()
  const workers = new WorkerHeaps((sessionId, message) =>
    session.post('NodeWorker.sendMessageToWorker', { sessionId, message }),
  )
  session.on('NodeWorker.attachedToWorker', ({ params }) => workers.attached(params.sessionId))
  session.on('NodeWorker.detachedFromWorker', ({ params }) => workers.detached(params.sessionId))
  session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => workers.said(params.message))
  session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
  const ask = (method: string) =>
    new Promise<object>((resolve, reject) =>
      session.post(method, (error, result) => (error === null ? resolve(result ?? {}) : reject(error))),
    )
  return async () => {
    await ask('HeapProfiler.collectGarbage')
    const { usedSize } = (await ask('Runtime.getHeapUsage')) as HeapUsage
    const heapBytes = sum([usedSize, ...(await workers.heapBytes())])
    return { heapBytes, residentBytes: process.memoryUsage.rss() }
  }
}

/** @param processes of the browser, for what the system says of it */
export async function pageMemory(page: Page, processes: CDPSession): Promise<() => Promise<MemoryUse>> {
  const session = await page.context().newCDPSession(page)
  const workers = new WorkerHeaps(
    (sessionId, message) =>
      void session.send('Target.sendMessageToTarget', { sessionId, message }).catch(() => undefined),
  )
  session.on('Target.attachedToTarget', ({ sessionId }) => workers.attached(sessionId))
  session.on('Target.detachedFromTarget', ({ sessionId }) => workers.detached(sessionId))
  session.on('Target.receivedMessageFromTarget', ({ message }) => workers.said(message))
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false })
  return async () => {
    await session.send('HeapProfiler.collectGarbage')
    const { usedSize } = await session.send('Runtime.getHeapUsage')
    const heapBytes = sum([usedSize, ...(await workers.heapBytes())])
    const { processInfo } = await processes.send('SystemInfo.getProcessInfo')
    const renderers = processInfo.filter(({ type }) => type === 'renderer')
    const resident = await Promise.all(renderers.map(({ id }) => residentBytes(id)))
    return { heapBytes, residentBytes: resident.includes(null) ? null : Math.max(...(resident as number[])) }
  }
}

interface HeapUsage {
  readonly usedSize: number
}

/** Questions to threads that answer by messages of the inspector's protocol. */
class WorkerHeaps {
  private readonly sessions = new Set<string>()
  private readonly waiting = new Map<number, (result: unknown) => void>()
  private nextId = 1

  constructor(private readonly send: (sessionId: string, message: string) => void) {}

  attached(sessionId: string): void {
    this.sessions.add(sessionId)
  }

  detached(sessionId: string): void {
    this.sessions.delete(sessionId)
  }

  said(message: string): void {
    const { id, result } = JSON.parse(message) as { readonly id?: number; readonly result?: unknown }
    if (id === undefined) return
    this.waiting.get(id)?.(result)
    this.waiting.delete(id)
  }

  /** Of each; null of one that does not answer. */
  heapBytes(): Promise<(number | null)[]> {
    return Promise.all(
      [...this.sessions].map(async (session) => {
        await this.ask(session, 'HeapProfiler.collectGarbage')
        return ((await this.ask(session, 'Runtime.getHeapUsage')) as HeapUsage | undefined)?.usedSize ?? null
      }),
    )
  }

  private ask(session: string, method: string): Promise<unknown> {
    const id = this.nextId++
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id)
        resolve(undefined)
      }, ANSWER_LIMIT_MS)
      this.waiting.set(id, (result) => {
        clearTimeout(timer)
        resolve(result)
      })
      this.send(session, JSON.stringify({ id, method }))
    })
  }
}

const sum = (sizes: readonly (number | null)[]): number | null =>
  sizes.reduce((all, size) => (all === null || size === null ? null : all + size), 0)

/** Null where the system keeps no such file. */
async function residentBytes(processId: number): Promise<number | null> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8').catch(() => '')
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]
  return kibibytes === undefined ? null : Number(kibibytes) * 1024
}
