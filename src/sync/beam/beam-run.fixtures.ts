/** Beam sync in this thread, over recorded blocks behind real gateways. */
import { bytesToHex } from '@ethereumjs/util'
import { systemClock } from '../../chain/clock.ts'
import { networkByName } from '../../chain/network.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import type { SpeculativeEvmService } from '../../execution/remote/evm-messages.ts'
import { createEvmService } from '../../execution/remote/evm-service.ts'
import { platformTransport } from '../../network/http/transport.ts'
import { createMemoryStore } from '../../state/store/memory-store.ts'
import type { Store } from '../../state/store/store.ts'
import type { Hash } from '../../chain/bytes.ts'
import { EvmPool } from '../evm/evm-pool.ts'
import { timerLimit } from '../evm/evm-seat.ts'
import type { NamedBlock } from '../chain-view/executed-blocks.ts'
import type { BlockStatus, ImportState } from '../import/import-status.ts'
import { StateNetwork } from '../state-network.ts'
import { startBeam, type BeamRun } from './beam-run.ts'
import type { BeamNews } from './beam-status.ts'
import type { SourceChoice } from './source-choice.ts'

const crypto = await loadWasmCrypto()

export interface TestBeam {
  readonly beam: BeamRun
  readonly evms: EvmPool
  readonly news: readonly BeamNews[]
  /** What the chain's view was told to answer nothing above of. */
  readonly refused: readonly NamedBlock[]
  /** Follows the head; resolves with the first status of its block in one of these states. */
  readonly reach: (hash: Hash, ...states: ImportState[]) => Promise<BlockStatus>
}

export const emptyStore = (): Store => createMemoryStore({ network: 'mainnet', keccak: crypto.keccak })

export async function testBeam(options: {
  readonly servers: readonly string[]
  readonly sources?: readonly SourceChoice[] | 'all'
  /** Default: mainnet. */
  readonly network?: string
  readonly store?: Store
  readonly evms?: readonly SpeculativeEvmService[]
}): Promise<TestBeam> {
  const services = options.evms ?? [await createEvmService(), await createEvmService()]
  const evms = new EvmPool(services, timerLimit, () => undefined)
  const news: BeamNews[] = []
  const refused: NamedBlock[] = []
  const listeners = new Set<() => void>()
  const network = networkByName(options.network ?? 'mainnet')
  const store = options.store ?? emptyStore()
  const state = new StateNetwork({
    ...{ servers: options.servers, network, keccak: crypto.keccak, clock: systemClock, random: () => 0.5 },
    ...{ transport: platformTransport(systemClock), store: () => store },
  })
  const beam = await startBeam(
    { sources: options.sources ?? 'all', maxLag: undefined },
    {
      ...{ network, crypto, clock: systemClock, state, evms, store },
      ...{
        now: () => performance.now(),
        lend: (home) => home,
        onExecuted: () => undefined,
        onRefused: (block) => void refused.push(block),
      },
    },
    {
      onStatus: () => undefined,
      onNews: (one) => {
        news.push(one)
        for (const listen of listeners) listen()
      },
    },
  )
  return {
    ...{ beam, evms, news, refused },
    reach: (hash, ...states) =>
      new Promise((resolve) => {
        const listen = () => {
          const one = news.find(
            (one) => one.kind === 'block' && one.block.hash === bytesToHex(hash) && states.includes(one.block.state),
          )
          if (one?.kind !== 'block') return
          listeners.delete(listen)
          resolve(one.block)
        }
        listeners.add(listen)
        beam.setHead({ hash, standing: 'signed' })
        listen()
      }),
  }
}
