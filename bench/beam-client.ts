/** The client's workers executing single blocks from servers, on an empty store: in Node or in a page. */
import type { Platform } from '../src/client/platform.ts'
import { startCrew } from '../src/client/worker-crew.ts'
import type { BeamNews, BeamSettings } from '../src/sync/beam/beam-status.ts'
import type { BlockTrace } from '../src/sync/beam/block-traces.ts'
import type { BlockStatus } from '../src/sync/import/import-status.ts'

/** Survives JSON: it goes to the page. */
export interface BeamStart {
  /** A built-in name, or a network file. */
  readonly network: string | object
  readonly evmWorkers: number
  readonly servers: readonly string[]
  readonly settings: BeamSettings
}

export interface BeamClient {
  /** Follows this head until its block is done, well or badly. @throws {Error} where that takes too long */
  execute(hash: string): Promise<BlockStatus>
  /** Undefined for a block that was not executed. */
  trace(hash: string): Promise<BlockTrace | undefined>
  end(): Promise<void>
}

/** ms until servers have been found out; they answer at once but for the latency that is put on them. */
const PROBE_LIMIT_MS = 30_000

/** ms of one block. One node at a time would take minutes, and no case does that. */
const BLOCK_LIMIT_MS = 300_000

/** @throws {Error} where a server is not found out in time */
export async function startBeamClient(
  platform: Platform,
  { network, evmWorkers, servers, settings }: BeamStart,
): Promise<BeamClient> {
  const crew = await startCrew(platform, {
    ...{ network, evmWorkers, servers, maxHeadAge: undefined },
    onStage: () => undefined,
    onUpdate: () => undefined,
    onDefect: () => undefined,
  })
  await crew.node.openStore(platform.store, undefined)
  let onNews: (news: BeamNews) => void = () => undefined
  const found = new Promise<void>((resolve) => {
    void crew.startBeam(settings, {
      onStatus: ({ servers }) => {
        if (servers.every(({ state }) => state === 'ready')) resolve()
      },
      onNews: (news) => onNews(news),
    })
  })
  await Promise.race([found, crew.crashed, failAfter(PROBE_LIMIT_MS, 'not all servers were found out in time')])
  return {
    async execute(hash) {
      const done = new Promise<BlockStatus>((resolve) => {
        onNews = (news) => {
          if (news.kind === 'block' && news.block.hash === hash && ENDS.has(news.block.state)) resolve(news.block)
        }
      })
      // Whoever measures has the block from a file, and no signatures over it.
      const optimistic = { hash: hash as `0x${string}`, signers: 0, committeeSize: 0, slotTime: 0 }
      await crew.node.follow({ optimistic, finalized: undefined, problem: undefined })
      return Promise.race([done, crew.crashed, failAfter(BLOCK_LIMIT_MS, `block ${hash} does not end`)])
    },
    trace: (hash) => crew.node.blockTrace(hash),
    async end() {
      await crew.node.close()
      await crew.end()
    },
  }
}

const ENDS: ReadonlySet<BlockStatus['state']> = new Set(['verified', 'invalid', 'disputed', 'unavailable', 'skipped'])

function failAfter(ms: number, problem: string): Promise<never> {
  return new Promise((_, reject) => {
    const timer: unknown = setTimeout(() => reject(new Error(`${problem} (${ms / 1000} s)`)), ms)
    // Node alone would wait for it before it ends.
    ;(timer as { unref?: () => void }).unref?.()
  })
}
