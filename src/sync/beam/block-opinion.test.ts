/** The second opinion on a block, where all that it needs is had by proofs, as of an ordinary execution client. */
import { RLP } from '@ethereumjs/rlp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordedGateways, type RecordedGateways } from '../../../server/gateway/recorded/state-fetch.fixtures.ts'
import { systemClock } from '../../chain/clock.ts'
import { networkByName } from '../../chain/network.ts'
import { decodeRawBlock, decodeRawHeader, type RawBlock } from '../../execution/block/raw-block.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { createEvmService } from '../../execution/remote/evm-service.ts'
import { readStatelessBlock } from '../../execution/stateless-block.ts'
import type { StatelessBlockJson } from '../../execution/stateless-block-file.ts'
import { verifyStatelessBlock } from '../../execution/verify-stateless-block.ts'
import { HEADER_FIELDS, witnessBlock } from '../../execution/witness-blocks.fixtures.ts'
import { platformTransport } from '../../network/http/transport.ts'
import { describeWithData } from '../../testing/data.ts'
import { EvmPool } from '../evm/evm-pool.ts'
import { timerLimit } from '../evm/evm-seat.ts'
import { BlockPredictor } from '../prediction/block-predictor.ts'
import { ContentPool } from '../state-fetch/content-pool.ts'
import { probeStateServer } from '../state-fetch/probe-server.ts'
import { ServerSelector } from '../state-fetch/server-selector.ts'
import { emptyStore } from './beam-run.fixtures.ts'
import { blockOpinion } from './block-opinion.ts'
import { BlockSources, type BlockExecutorOptions } from './block-sources.ts'
import { BlockTraces } from './block-traces.ts'
import { allowedSources } from './source-choice.ts'

const crypto = await loadWasmCrypto()
const { keccak } = crypto
const { signal } = new AbortController()

describeWithData('over proofs alone', (data) => {
  const BLOCK = 19_426_587
  let served: RecordedGateways
  beforeAll(async () => {
    served = await recordedGateways(data, [BLOCK], { count: 1 })
  }, 60_000)
  afterAll(() => served.close())

  async function options(): Promise<BlockExecutorOptions> {
    const network = networkByName('mainnet')
    const selector = new ServerSelector({ clock: systemClock, random: () => 0.5 })
    const tools = { transport: platformTransport(systemClock), network, keccak, signal }
    selector.add((await probeStateServer(served.gateways[0]!.url, tools)).server)
    return {
      ...{ network, crypto, clock: systemClock, now: () => performance.now(), selector },
      evms: new EvmPool([await createEvmService()], timerLimit, () => undefined),
      ...{ pool: new ContentPool(), lend: (home) => home, store: emptyStore(), traces: new BlockTraces() },
      ...{ ancestors: async () => [], newest: () => BLOCK, allowed: allowedSources(['proofs']) },
      ...{ predictor: new BlockPredictor(keccak), onKeep: () => undefined },
    }
  }

  test('a block that says other receipts than it has is invalid, with a bundle that shows it to anybody', async () => {
    const file = await witnessBlock(data, `mainnet-${BLOCK}`)
    const [header, ...body] = RLP.decode(file.block) as unknown as [Uint8Array[], ...Uint8Array[]]
    const wrong = header.map((field, at) => (HEADER_FIELDS[at] === 'receiptsRoot' ? new Uint8Array(32).fill(7) : field))
    const forged: RawBlock = decodeRawBlock(RLP.encode([wrong, ...body]), keccak)
    const parent = decodeRawHeader(file.parentHeader!, keccak)
    const headers = [parent.rlp, ...file.headers]
    const tools = await options()
    // The second time the worker has run its codes before, and they are no less part of what is shown.
    for (const round of ['first', 'second']) {
      const fetch = new BlockSources(tools).open(forged, parent)
      const opinion = await blockOpinion({ fetch, block: forged, parent, headers }, tools, signal)
      expect(opinion, round).toMatchObject({ kind: 'invalid', problem: { field: 'receiptsRoot' } })
      if (opinion.kind !== 'invalid') return
      // Nothing was at hand: whatever it read it had to bring.
      if (round === 'first') expect(fetch.costs().nodesFetched).toBeGreaterThan(1_000)
      const bundle = JSON.stringify(opinion.bundle satisfies StatelessBlockJson | undefined)
      const shown = await readStatelessBlock(new TextEncoder().encode(bundle))
      const { verification } = await verifyStatelessBlock(shown, { crypto })
      expect(verification, round).toMatchObject({ kind: 'mismatch', mismatch: { field: 'receiptsRoot' } })
    }
  }, 240_000)
})
