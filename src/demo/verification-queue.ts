/**
 * Runs jobs one after another, in the order they came, on the client of the network each needs.
 *
 * Always: at most one job works; every job given to {@link VerificationQueue.add} ends with exactly one of `block-done`,
 * `chain-done`, `job-failed`, or the one `jobs-cancelled` for all that were pending; nothing else ends a job. A block of
 * another built-in network is verified there, once: the client says which network a block claims. A job whose client is
 * exchanged for another begins anew with that.
 */
import type { Beamtab, BlockReport, Hex, LightClientReport } from '../client/public-types.ts'
import { ClosedError, WorkerCrashedError } from '../client/errors.ts'
import type { ClientHolder } from './client-holder.ts'
import type { FileSource } from './file-source.ts'
import { reasonOf } from './format.ts'
import { MAX_CLIENTS_PER_JOB } from './limits.ts'
import type { JobId, PageEvent } from './page-state.ts'

export type Job = { readonly id: JobId } & (
  | { readonly kind: 'block'; readonly source: FileSource }
  | { readonly kind: 'kept-block'; readonly hash: Hex; readonly network: string }
  | {
      readonly kind: 'light-client'
      readonly sources: readonly FileSource[]
      readonly trustedRoot: Hex | undefined
      readonly network: string
    }
  | { readonly kind: 'kept-light-client'; readonly trustedRoot: Hex | undefined; readonly network: string }
)

export interface VerificationQueue {
  add(jobs: readonly Job[]): void
  /** Jobs that have not ended. */
  pending(): number
  /** Ends the job that works and drops those that wait. */
  cancel(): void
  /** Resolves when nothing works and nothing waits. */
  idle(): Promise<void>
}

export interface QueueSurroundings {
  readonly holder: ClientHolder
  /** The network that blocks are tried on first: the one that is open. */
  currentNetwork(): string
  isBuiltIn(network: string): boolean
  emit(event: PageEvent): void
  /** Told after each job that may have changed the store. */
  onStored(client: Beamtab): void
}

export function createVerificationQueue(surroundings: QueueSurroundings): VerificationQueue {
  const { holder } = surroundings
  const emit = (event: PageEvent) => surroundings.emit(event)
  const waiting: Job[] = []
  let working: { readonly abort: AbortController } | undefined
  let running = Promise.resolve()
  return { add, pending: () => waiting.length + (working === undefined ? 0 : 1), cancel, idle: () => running }

  function add(jobs: readonly Job[]): void {
    waiting.push(...jobs)
    if (working === undefined) running = runAll()
  }

  function cancel(): void {
    waiting.length = 0
    working?.abort.abort(new DOMException('cancelled by the visitor', 'AbortError'))
    emit({ type: 'jobs-cancelled' })
  }

  async function runAll(): Promise<void> {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const abort = new AbortController()
      working = { abort }
      const { signal } = abort
      try {
        // The client promises to reject when aborted; a page whose Cancel depends on that promise would be a worse page.
        await Promise.race([runOnOpenClient(job, signal), aborted(signal)])
      } catch (error) {
        if (!signal.aborted) emit({ type: 'job-failed', id: job.id, reason: reasonOf(error) })
        if (error instanceof WorkerCrashedError) await holder.discard()
      }
      working = undefined
    }
    await holder.release()
  }

  /** The visitor may exchange the client under a job, to follow the chain by other servers for example: it begins anew. */
  async function runOnOpenClient(job: Job, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run(job, signal)
      } catch (error) {
        if (!(error instanceof ClosedError) || attempt === MAX_CLIENTS_PER_JOB || signal.aborted) throw error
      }
    }
  }

  function run(job: Job, signal: AbortSignal): Promise<void> {
    const tell = (event: PageEvent) => void (signal.aborted || emit(event))
    switch (job.kind) {
      case 'block':
        return runBlock(job, signal, tell)
      case 'kept-block':
        return runKeptBlock(job, signal, tell)
      case 'light-client':
      case 'kept-light-client':
        return runLightClient(job, signal, tell)
    }
  }

  async function runBlock(
    job: Job & { readonly kind: 'block' },
    signal: AbortSignal,
    tell: (event: PageEvent) => void,
  ): Promise<void> {
    tell({ type: 'block-stage', id: job.id, stage: 'starting' })
    const file = await job.source.read(signal)
    const first = surroundings.currentNetwork()
    const { report, client } = await verifyOn(first)
    const elsewhere = otherNetwork(report)
    if (elsewhere === undefined || elsewhere === first) return end(report, client)
    const again = await verifyOn(elsewhere)
    end(again.report, again.client)

    async function verifyOn(network: string): Promise<{ readonly report: BlockReport; readonly client: Beamtab }> {
      tell({ type: 'block-stage', id: job.id, stage: 'starting' })
      const client = await opened(network, signal)
      const report = await client.verifyBlock(file, { onProgress: progressOf(job.id, tell), signal })
      return { report, client }
    }

    function end(report: BlockReport, client: Beamtab): void {
      tell({ type: 'block-done', id: job.id, report })
      if (report.outcome.kind === 'verified') surroundings.onStored(client)
    }
  }

  async function runKeptBlock(
    job: Job & { readonly kind: 'kept-block' },
    signal: AbortSignal,
    tell: (event: PageEvent) => void,
  ): Promise<void> {
    tell({ type: 'block-stage', id: job.id, stage: 'starting' })
    const client = await opened(job.network, signal)
    const report = await client.verifyKeptBlock(job.hash, { onProgress: progressOf(job.id, tell), signal })
    tell({ type: 'block-done', id: job.id, report })
  }

  async function runLightClient(
    job: Job & { readonly kind: 'light-client' | 'kept-light-client' },
    signal: AbortSignal,
    tell: (event: PageEvent) => void,
  ): Promise<void> {
    const client = await opened(job.network, signal)
    tell({ type: 'chain-begun', id: job.id, network: job.network })
    const options = {
      signal,
      onUpdate: (update: LightClientReport['updates'][number]) => tell({ type: 'update-done', id: job.id, update }),
      ...(job.trustedRoot === undefined ? {} : { trustedRoot: job.trustedRoot }),
    }
    const report =
      job.kind === 'kept-light-client'
        ? await client.verifyKeptLightClient(options)
        : await client.verifyLightClient(await readAll(job.sources, signal), options)
    if (report === undefined) throw new Error('The store keeps no light-client chain of this network any more.')
    tell({ type: 'chain-done', id: job.id, report })
    surroundings.onStored(client)
  }

  /** A client of that network, unless the job was cancelled while it started. */
  async function opened(network: string, signal: AbortSignal): Promise<Beamtab> {
    const client = await holder.open(network)
    signal.throwIfAborted()
    return client
  }

  function otherNetwork({ outcome, network }: BlockReport): string | undefined {
    if (outcome.kind !== 'error' || outcome.code !== 'wrong-network' || network === undefined) return undefined
    return surroundings.isBuiltIn(network) ? network : undefined
  }
}

function progressOf(id: JobId, tell: (event: PageEvent) => void) {
  return (stage: (PageEvent & { readonly type: 'block-stage' })['stage']) => tell({ type: 'block-stage', id, stage })
}

async function readAll(sources: readonly FileSource[], signal: AbortSignal) {
  const files: { name: string; bytes: Uint8Array }[] = []
  for (const source of sources) files.push({ name: source.name, bytes: await source.read(signal) })
  return files
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}
