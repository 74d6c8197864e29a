/** Files that are handed in, and what is kept of them: verified one after another by this tab's workers. */
import { transfer } from 'comlink'
import type { PlainUpdateRow } from '../sync/light-client-run.ts'
import type { NodeBlockReport, NodeStage } from '../sync/node-service.ts'
import { NotKeptError } from './errors.ts'
import { JobQueue } from './job-queue.ts'
import type {
  BlockReport,
  Hex,
  LightClientFile,
  LightClientOptions,
  LightClientReport,
  VerifyOptions,
} from './public-types.ts'
import { blockReport, lightClientReport, updateRow } from './reports.ts'
import type { WorkerCrew } from './worker-crew.ts'

export interface FileVerificationOptions {
  /** Of this tab's workers; see `CrewKeeper.call`. */
  readonly call: <T>(make: (crew: WorkerCrew) => Promise<T>) => Promise<T>
  /** What is verified may be kept: the store is to be counted anew. */
  readonly readStore: () => Promise<void>
}

/** Always: at most one block and one set of light-client objects are verified at a time; after {@link close} none begins. */
export class FileVerification {
  private readonly blocks = new JobQueue()
  private readonly lightClient = new JobQueue()
  private onProgress: (stage: NodeStage) => void = () => undefined
  private onRow: (row: PlainUpdateRow) => void = () => undefined

  constructor(private readonly options: FileVerificationOptions) {}

  /** Of the block that is verified now. */
  onStage(stage: NodeStage): void {
    this.onProgress(stage)
  }

  /** Of the light-client objects that are verified now. */
  onUpdate(row: PlainUpdateRow): void {
    this.onRow(row)
  }

  block(file: Uint8Array, options: VerifyOptions): Promise<BlockReport> {
    // A copy, because the bytes are transferred. Not by `slice`, which on a Node Buffer shares the memory.
    const bytes = new Uint8Array(file)
    return this.runBlock((crew) => crew.node.verifyBlock(transfer(bytes, [bytes.buffer])), options)
  }

  keptBlock(hash: Hex, options: VerifyOptions): Promise<BlockReport> {
    return this.runBlock(async (crew) => {
      const report = await crew.node.verifyKeptBlock(hash)
      if (report === undefined) throw new NotKeptError(`block ${hash} is not kept; verify it from a file`)
      return report
    }, options)
  }

  updates(files: readonly LightClientFile[], options: LightClientOptions): Promise<LightClientReport> {
    return this.runUpdates(options, async ({ consensus }) =>
      lightClientReport(await consensus.verify(files, options.trustedRoot, secondsNow())),
    )
  }

  keptUpdates(options: LightClientOptions): Promise<LightClientReport | undefined> {
    return this.runUpdates(options, async ({ consensus }) => {
      const report = await consensus.verifyKept(options.trustedRoot, secondsNow())
      return report === undefined ? undefined : lightClientReport(report)
    })
  }

  close(): void {
    this.blocks.close()
    this.lightClient.close()
  }

  private runBlock(
    verify: (crew: WorkerCrew) => Promise<NodeBlockReport>,
    { onProgress, signal }: VerifyOptions,
  ): Promise<BlockReport> {
    onProgress?.('waiting')
    return this.blocks.run(async () => {
      this.onProgress = onProgress ?? (() => undefined)
      const report = await this.options.call(verify)
      await this.options.readStore()
      return blockReport(report)
    }, signal)
  }

  private runUpdates<T>(
    { onUpdate, signal }: LightClientOptions,
    verify: (crew: WorkerCrew) => Promise<T>,
  ): Promise<T> {
    return this.lightClient.run(async () => {
      this.onRow = (row) => onUpdate?.(updateRow(row))
      const report = await this.options.call(verify)
      await this.options.readStore()
      return report
    }, signal)
  }
}

function secondsNow(): number {
  return Math.floor(Date.now() / 1000)
}
