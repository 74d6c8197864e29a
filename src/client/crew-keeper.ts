/** The workers of this tab, started when they are first needed, and what is asked of them. */
import { ClosedError, SuspendedError } from './errors.ts'
import type { PreparedCrew, WorkerCrew } from './worker-crew.ts'

/** Writes under way take milliseconds; a node worker that does not come back in this time is ended as it is. */
const CLOSE_LIMIT_MS = 5_000

export interface CrewKeeperOptions {
  readonly prepare: () => PreparedCrew
  /** A worker that cannot be replaced alone died, or would not start. Nothing can be asked from then on. */
  readonly onCrash: (error: Error) => void
}

/**
 * Always: at most one crew; every call is settled, also where workers die, are ended or never start; after a crash and after
 * {@link close} none is started.
 */
export class CrewKeeper {
  private crew: Promise<WorkerCrew> | undefined
  private prepared: PreparedCrew | undefined
  private crash: Error | undefined
  private isClosed = false
  /** How to fail each call that has not been answered. */
  private readonly pending = new Set<(reason: Error) => void>()

  constructor(private readonly options: CrewKeeperOptions) {}

  get isBusy(): boolean {
    return this.pending.size > 0
  }

  get isStarted(): boolean {
    return this.crew !== undefined
  }

  /** Has the workers load their code, so that the first call waits for less. Of those that die nothing is told. */
  prepare(): void {
    if (this.crew !== undefined || this.prepared !== undefined || this.isClosed || this.crash !== undefined) return
    const prepared = this.options.prepare()
    this.prepared = prepared
    void prepared.load()
    prepared.crashed.catch(() => {
      if (this.prepared === prepared) void this.dismiss()
    })
  }

  /** Ends what was prepared and not used. */
  async dismiss(): Promise<void> {
    const { prepared } = this
    this.prepared = undefined
    await prepared?.end()
  }

  /** @throws {WorkerStartError} and what the crew's call throws; {ClosedError}; why a worker died */
  async call<T>(make: (crew: WorkerCrew) => Promise<T>): Promise<T> {
    if (this.isClosed) throw new ClosedError()
    if (this.crash !== undefined) throw this.crash
    return new Promise<T>((resolve, reject) => {
      this.pending.add(reject)
      const starting = this.started()
      // Of one that was ended meanwhile nothing is asked.
      const made = starting.then((crew) => (this.crew === starting ? make(crew) : Promise.reject(new SuspendedError())))
      made.finally(() => this.pending.delete(reject)).then(resolve, reject)
    })
  }

  /** Ends the workers; the next call starts others. What was asked fails for this reason. Resolves when they are gone. */
  async end(how: 'orderly' | 'at once', reason: Error): Promise<void> {
    const { crew } = this
    this.crew = undefined
    const dismissed = this.dismiss()
    for (const reject of this.pending) reject(reason)
    this.pending.clear()
    const started = await crew?.catch(() => undefined)
    await dismissed
    if (started === undefined) return
    if (how === 'orderly') await within(CLOSE_LIMIT_MS, closeWorkers(started))
    await started.end()
  }

  async close(): Promise<void> {
    this.isClosed = true
    await this.end('orderly', new ClosedError())
  }

  private started(): Promise<WorkerCrew> {
    this.crew ??= this.start()
    return this.crew
  }

  private start(): Promise<WorkerCrew> {
    const starting = (this.prepared ?? this.options.prepare()).start()
    this.prepared = undefined
    const fail = (error: Error): void => {
      if (this.crew !== starting || this.isClosed) return
      this.crash = error
      for (const reject of this.pending) reject(error)
      this.pending.clear()
      this.options.onCrash(error)
    }
    starting.then(({ crashed }) => crashed.catch(fail), fail)
    return starting
  }
}

/** The consensus worker first: what it has proven goes to the store of the node worker. */
async function closeWorkers({ consensus, node }: WorkerCrew): Promise<void> {
  await consensus.close()
  await node.close()
}

/** Resolves when the work has ended, however, or the time is over. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([work.catch(() => undefined), over])
  clearTimeout(timer)
}
