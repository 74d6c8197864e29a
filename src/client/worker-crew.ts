/** The client's workers: started together, connected to each other, ended together. */
import { proxy, releaseProxy, transfer, wrap, type Remote } from 'comlink'
import type { ConsensusWorkerApi, OnUpdate } from '../sync/consensus-worker-api.ts'
import type { NodeWorkerApi, OnStage } from '../sync/node-worker-api.ts'
import { WorkerCrashedError, WorkerStartError } from './errors.ts'
import type { Platform, WorkerHandle, WorkerKind } from './platform.ts'

export interface WorkerCrew {
  readonly node: Remote<NodeWorkerApi>
  readonly consensus: Remote<ConsensusWorkerApi>
  /** Rejects with {@link WorkerCrashedError} when a worker dies; never resolves. */
  readonly crashed: Promise<never>
  /** Ends all workers; resolves when they are gone. */
  end(): Promise<void>
}

export interface CrewOptions {
  readonly network: string | object
  readonly evmWorkers: number
  readonly onStage: OnStage
  readonly onUpdate: OnUpdate
  readonly signal?: AbortSignal | undefined
}

/** @throws {WorkerStartError} and leaves no worker behind */
export async function startCrew(platform: Platform, options: CrewOptions): Promise<WorkerCrew> {
  const kinds: WorkerKind[] = ['consensus', 'node', ...Array<WorkerKind>(options.evmWorkers).fill('evm')]
  const workers = kinds.map((kind) => ({ kind, handle: platform.spawn(kind) }))
  const end = async () => void (await Promise.all(workers.map(({ handle }) => handle.terminate())))
  const crashed = firstCrash(workers)
  crashed.catch(() => undefined)
  const limit = startLimit(platform.startTimeoutMs, options.signal)
  try {
    const ready = Promise.all(workers.map(({ kind, handle }) => whenReady(kind, handle)))
    await Promise.race([ready, crashed, limit.reached])
    const crew = connect(workers.map(({ handle }) => handle))
    await Promise.race([introduce(crew, options), crashed, limit.reached])
    return {
      node: crew.node,
      consensus: crew.consensus,
      crashed,
      end: async () => {
        crew.node[releaseProxy]()
        crew.consensus[releaseProxy]()
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  } finally {
    limit.cancel()
  }
}

/** Rejects when the time is over, or when the caller gives up. */
function startLimit(
  ms: number,
  signal: AbortSignal | undefined,
): {
  readonly reached: Promise<never>
  readonly cancel: () => void
} {
  let cancel = () => undefined as void
  const reached = new Promise<never>((_, reject) => {
    const giveUp = () => reject(signal?.reason as Error)
    const timer = setTimeout(() => reject(new WorkerStartError(`a worker has not answered within ${ms / 1000} s`)), ms)
    signal?.addEventListener('abort', giveUp)
    cancel = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
    }
  })
  reached.catch(() => undefined)
  return { reached, cancel }
}

function firstCrash(workers: readonly { kind: WorkerKind; handle: WorkerHandle }[]): Promise<never> {
  return new Promise((_, reject) => {
    for (const { kind, handle } of workers) {
      handle.onCrash((reason) => reject(new WorkerCrashedError(`the ${kind} worker died: ${reason}`)))
    }
  })
}

function whenReady(kind: WorkerKind, handle: WorkerHandle): Promise<void> {
  return new Promise((resolve, reject) => {
    handle.onReady((ready) => {
      if (ready.kind === 'ready') resolve()
      else reject(new WorkerStartError(`the ${kind} worker could not load: ${ready.reason}`))
    })
  })
}

/** Bulk goes over ports of its own between the workers, not through this thread. */
function connect([consensus, node, ...evms]: readonly WorkerHandle[]) {
  const toNode = new MessageChannel()
  const toConsensus = new MessageChannel()
  const consensusToNode = new MessageChannel()
  node!.hello({ ports: [toNode.port2, consensusToNode.port2] })
  consensus!.hello({ ports: [toConsensus.port2] })
  const evmPorts = evms.map((evm) => {
    const channel = new MessageChannel()
    evm.hello({ ports: [channel.port2] })
    return channel.port1
  })
  return {
    node: wrap<NodeWorkerApi>(toNode.port1),
    consensus: wrap<ConsensusWorkerApi>(toConsensus.port1),
    evmPorts,
    nodePort: consensusToNode.port1,
  }
}

async function introduce(crew: ReturnType<typeof connect>, { network, onStage, onUpdate }: CrewOptions): Promise<void> {
  const { evmPorts, nodePort } = crew
  await Promise.all([
    crew.node.start(transfer({ network, evmPorts }, evmPorts), proxy(onStage)),
    crew.consensus.start(transfer({ network, nodePort }, [nodePort]), proxy(onUpdate)),
  ])
}
