/** The client's workers: started together, connected to each other, ended together. */
import { proxy, releaseProxy, transfer, wrap, type Remote } from 'comlink'
import type { BeamEvents, BeamSettings } from '../sync/beam/beam-status.ts'
import type { ConsensusWorkerApi, FollowEvents, OnUpdate } from '../sync/consensus-worker-api.ts'
import type { FollowSettings } from '../sync/light-client/follow-chain.ts'
import type { NodeEvents, NodeWorkerApi } from '../sync/node-worker-api.ts'
import { WorkerCrashedError, WorkerStartError } from './errors.ts'
import type { Platform, WorkerHandle, WorkerKind } from './platform.ts'

export interface WorkerCrew {
  readonly node: Remote<NodeWorkerApi>
  readonly consensus: Remote<ConsensusWorkerApi>
  /** Rejects with {@link WorkerCrashedError} when a worker dies; never resolves. */
  readonly crashed: Promise<never>
  /** See {@link ConsensusWorkerApi.follow}. */
  follow(settings: FollowSettings, events: FollowEvents): Promise<string | undefined>
  /** See {@link NodeWorkerApi.startBeam}. */
  startBeam(settings: BeamSettings, events: BeamEvents): Promise<string | undefined>
  /** See {@link NodeWorkerApi.openSession}. */
  openSession(port: MessagePort): Promise<void>
  /** Ends all workers; resolves when they are gone. */
  end(): Promise<void>
}

export interface CrewOptions {
  readonly network: string | object
  readonly evmWorkers: number
  /** See {@link NodeStart}. */
  readonly servers: readonly string[]
  readonly maxHeadAge: number | undefined
  readonly onStage: NodeEvents['onStage']
  readonly onUpdate: OnUpdate
  readonly onDefect: NodeEvents['onDefect']
  readonly signal?: AbortSignal | undefined
}

/** Workers whose code is loaded, and that nothing was asked of yet: they ask nobody, and hold no store. */
export interface PreparedCrew {
  /** Rejects where one of them died. */
  readonly crashed: Promise<never>
  /** Has them load their cryptography as well. What goes wrong is told by {@link start}. */
  load(): Promise<void>
  /** Once. @throws {WorkerStartError} and leaves no worker behind */
  start(): Promise<WorkerCrew>
  end(): Promise<void>
}

/** @throws {WorkerStartError} and leaves no worker behind */
export const startCrew = (platform: Platform, options: CrewOptions): Promise<WorkerCrew> =>
  prepareCrew(platform, options).start()

export function prepareCrew(platform: Platform, options: CrewOptions): PreparedCrew {
  const crew = new Crew(platform, options)
  return {
    crashed: crew.crashed,
    end: () => crew.end(),
    load: () => crew.load(),
    async start() {
      try {
        await crew.start()
        return crew
      } catch (error) {
        await crew.end()
        throw error
      }
    },
  }
}

class Crew implements WorkerCrew {
  readonly node: Remote<NodeWorkerApi>
  readonly consensus: Remote<ConsensusWorkerApi>
  readonly crashed: Promise<never>
  private crash: (error: WorkerCrashedError) => void = () => undefined
  private readonly nodeHandle: WorkerHandle
  private readonly consensusHandle: WorkerHandle
  private readonly evmHandles: WorkerHandle[]
  private readonly ready: Promise<unknown>
  private ended = false

  constructor(
    private readonly platform: Platform,
    private readonly options: CrewOptions,
  ) {
    this.crashed = new Promise((_, reject) => (this.crash = reject))
    this.crashed.catch(() => undefined)
    this.nodeHandle = this.spawn('node')
    this.consensusHandle = this.spawn('consensus')
    this.evmHandles = Array.from({ length: options.evmWorkers }, (_, index) => this.spawnEvm(index))
    this.ready = Promise.all([this.nodeHandle, this.consensusHandle, ...this.evmHandles].map(whenReady))
    // Looked at by whoever starts them.
    this.ready.catch(() => undefined)
    this.node = wrap<NodeWorkerApi>(open(this.nodeHandle))
    this.consensus = wrap<ConsensusWorkerApi>(open(this.consensusHandle))
  }

  async start(): Promise<void> {
    const { platform, options } = this
    const limit = startLimit(platform.startTimeoutMs, options.signal)
    try {
      await Promise.race([this.ready, this.crashed, limit.reached])
      await Promise.race([this.introduce(), this.crashed, limit.reached])
    } finally {
      limit.cancel()
    }
  }

  async load(): Promise<void> {
    await Promise.all([this.node.prepare(), this.consensus.prepare()]).catch(() => undefined)
  }

  follow(settings: FollowSettings, events: FollowEvents): Promise<string | undefined> {
    return this.consensus.follow(settings, proxy(events))
  }

  startBeam(settings: BeamSettings, events: BeamEvents): Promise<string | undefined> {
    return this.node.startBeam(settings, proxy(events))
  }

  openSession(port: MessagePort): Promise<void> {
    return this.node.openSession(transfer(port, [port]))
  }

  async end(): Promise<void> {
    this.ended = true
    this.node[releaseProxy]()
    this.consensus[releaseProxy]()
    const handles = [this.nodeHandle, this.consensusHandle, ...this.evmHandles]
    await Promise.all(handles.map((handle) => handle.terminate()))
  }

  /** Bulk goes over ports of its own between the workers, not through this thread. */
  private async introduce(): Promise<void> {
    const { network, servers, maxHeadAge, onStage, onUpdate, onDefect } = this.options
    const evmPorts = this.evmHandles.map(open)
    const nodePort = open(this.nodeHandle)
    const events: NodeEvents = { onStage, onEvmHung: (index) => void this.replaceEvm(index), onDefect }
    await Promise.all([
      this.node.start(transfer({ network, evmPorts, servers, maxHeadAge }, evmPorts), proxy(events)),
      this.consensus.start(transfer({ network, nodePort }, [nodePort]), proxy(onUpdate)),
    ])
  }

  private spawn(kind: WorkerKind): WorkerHandle {
    const handle = this.platform.spawn(kind)
    handle.onCrash((reason) => this.crash(new WorkerCrashedError(`the ${kind} worker died: ${reason}`)))
    return handle
  }

  /** One that dies takes only its own block with it; but one that cannot even start is the whole crew's failure. */
  private spawnEvm(index: number): WorkerHandle {
    const handle = this.platform.spawn('evm')
    let ready = false
    handle.onReady(() => (ready = true))
    handle.onCrash((reason) => {
      if (ready) void this.replaceEvm(index)
      else this.crash(new WorkerCrashedError(`the evm worker died: ${reason}`))
    })
    return handle
  }

  private async replaceEvm(index: number): Promise<void> {
    const old = this.evmHandles[index]
    if (this.ended || old === undefined) return
    const fresh = this.spawnEvm(index)
    this.evmHandles[index] = fresh
    const port = open(fresh)
    await Promise.all([old.terminate(), this.node.replaceEvm(index, transfer(port, [port]))])
  }
}

/** A port on which the worker exposes its service. */
function open(worker: WorkerHandle): MessagePort {
  const { port1, port2 } = new MessageChannel()
  worker.hello({ ports: [port2] })
  return port1
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

function whenReady(handle: WorkerHandle): Promise<void> {
  return new Promise((resolve, reject) => {
    handle.onReady((ready) => {
      if (ready.kind === 'ready') resolve()
      else reject(new WorkerStartError(`a worker could not load: ${ready.reason}`))
    })
  })
}
