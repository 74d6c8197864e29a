/** The client's workers executing single blocks from servers, on an empty store: in Node or in a page. */
import type { Platform } from '../src/client/platform.ts'
import { startCrew } from '../src/client/worker-crew.ts'
import type { BeamNews, BeamSettings } from '../src/sync/beam/beam-status.ts'
import type { BlockStatus } from '../src/sync/import/import-status.ts'

export interface BeamStart {
  readonly network: string
  readonly evmWorkers: number
  readonly settings: BeamSettings
}

export interface BeamClient {
  /** Follows this head until its block is done, well or badly. */
  execute(hash: `0x${string}`): Promise<BlockStatus>
  end(): Promise<void>
}

/** ms until servers have been found out; they answer at once but for the latency that is put on them. */
const PROBE_LIMIT_MS = 30_000

/** @throws {Error} where a server is not found out in time */
export async function startBeamClient(
  platform: Platform,
  { network, evmWorkers, settings }: BeamStart,
): Promise<BeamClient> {
  const crew = await startCrew(platform, {
    ...{ network, evmWorkers },
    onStage: () => undefined,
    onUpdate: () => undefined,
  })
  await crew.node.openStore(platform.store, undefined)
  let onNews: (news: BeamNews) => void = () => undefined
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('not all servers were found out in time')), PROBE_LIMIT_MS)
    void crew.startBeam(settings, {
      onStatus: ({ servers }) => {
        if (servers.some(({ state }) => state !== 'ready')) return
        clearTimeout(timer)
        resolve()
      },
      onNews: (news) => onNews(news),
    })
  })
  return {
    async execute(hash) {
      const done = new Promise<BlockStatus>((resolve) => {
        onNews = (news) => {
          if (news.kind === 'block' && news.block.hash === hash && ENDS.has(news.block.state)) resolve(news.block)
        }
      })
      await crew.node.follow({ optimistic: hash, finalized: undefined })
      return done
    },
    async end() {
      await crew.node.close()
      await crew.end()
    },
  }
}

const ENDS: ReadonlySet<BlockStatus['state']> = new Set(['verified', 'invalid', 'disputed', 'unavailable', 'skipped'])
