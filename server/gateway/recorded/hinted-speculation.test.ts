/**
 * Round trips of a real block whose transactions servers have run for us: what access lists name, then what only running them
 * ahead finds. On a clock that stands still, and with answers in rounds, so that a busy machine's late answers make no trips of their own.
 */
import { bytesToHex } from '@ethereumjs/util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { networkByName } from '../../../src/chain/network.ts'
import { decodeRawBlock, type RawBlock } from '../../../src/execution/block/raw-block.ts'
import { loadWasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { createEvmService } from '../../../src/execution/remote/evm-service.ts'
import { recordedBlock } from '../../../src/execution/speculation/rounds.fixtures.ts'
import type { StatelessBlock } from '../../../src/execution/stateless-block.ts'
import { witnessBlock } from '../../../src/execution/witness-blocks.fixtures.ts'
import { platformTransport } from '../../../src/network/http/transport.ts'
import { systemClock } from '../../../src/chain/clock.ts'
import { BlockSpeculation } from '../../../src/sync/beam/block-speculation.ts'
import { EvmPool } from '../../../src/sync/evm/evm-pool.ts'
import { timerLimit } from '../../../src/sync/evm/evm-seat.ts'
import { BlockFetch } from '../../../src/sync/state-fetch/block-fetch.ts'
import { ContentPool } from '../../../src/sync/state-fetch/content-pool.ts'
import { executeWithFaults } from '../../../src/sync/state-fetch/fetch-and-execute.ts'
import { probeStateServer } from '../../../src/sync/state-fetch/probe-server.ts'
import { ServerSelector } from '../../../src/sync/state-fetch/server-selector.ts'
import { hintsIn } from '../../../src/sync/state-fetch/sources/block-hints.ts'
import { hintsSource } from '../../../src/sync/state-fetch/sources/hints.ts'
import type { AskKind } from '../../../src/sync/state-fetch/state-server.ts'
import { describeWithData } from '../../../src/testing/data.ts'
import { SimulatedClock } from '../../../src/testing/simulated-clock.ts'
import { seededNumbers } from '../../devnet/light-client/seeded.ts'
import { inRounds } from './in-rounds.fixtures.ts'
import { recordedGateways, type RecordedGateways } from './state-fetch.fixtures.ts'

const crypto = await loadWasmCrypto()
const network = networkByName('mainnet')
const { signal } = new AbortController()

/** What an execution client without `debug` has. */
const PLAIN: readonly AskKind[] = ['proofs', 'accountCodes', 'callKeys']

describeWithData('a mainnet block by proofs, hinted by access lists', (data) => {
  const BLOCK = 24_628_608
  let served: RecordedGateways
  let file: StatelessBlock
  let block: RawBlock
  beforeAll(async () => {
    file = await witnessBlock(data, `mainnet-${BLOCK}`)
    block = decodeRawBlock(file.block, crypto.keccak)
    served = await recordedGateways(data, [BLOCK], { count: 1 })
    const { execution } = served.chain
    const parent = execution.headerByHash(block.header.parentHash)
    // They take ten seconds, and more than a client waits for.
    for (const call of hintsIn(block, network, crypto).calls) await execution.createAccessList(parent, call)
  }, 300_000)
  afterAll(() => served.close())

  test('eight trips bring all that in-order execution reads', async () => {
    const clock = new SimulatedClock()
    const selector = new ServerSelector({ clock, random: seededNumbers('hinted speculation') })
    const transport = platformTransport(systemClock)
    const probing = { transport, network, keccak: crypto.keccak, signal }
    const { server } = await probeStateServer(served.gateways[0]!.url, probing)
    const answers = Object.entries(server.answers).filter(([kind]) => PLAIN.includes(kind as AskKind))
    selector.add(inRounds({ ...server, answers: Object.fromEntries(answers) }))
    const fetch = new BlockFetch({
      ...{ pool: new ContentPool(), selector, keccak: crypto.keccak, clock, ways: new Set(['proofs'] as const) },
      ...{ block: block.header, parentHash: block.header.parentHash, parentStateRoot: file.preStateRoot },
    })
    const hinted = await hintsSource({ fetch, block, network, crypto })
    expect(fetch.costs().roundTrips).toBeLessThanOrEqual(2)

    const predicted = hinted.kind === 'brought' ? (hinted.values ?? []) : []
    const { job } = await recordedBlock(file)
    const { seats } = new EvmPool([await createEvmService()], timerLimit, () => undefined)
    const options = { job, known: fetch.knownValues(), fetch, predicted, seats, kind: 'import', signal } as const
    const speculation = await BlockSpeculation.open(options)
    await speculation!.run()
    speculation!.close()
    const { roundTrips, nodesFetched } = fetch.costs()
    expect(roundTrips).toBeLessThanOrEqual(8)

    // Siblings that deletions leave alone have come too: no more is asked for.
    const headers = [file.parentHeader, ...file.headers].filter((header) => header !== undefined)
    const ground = { headers, blockHashes: file.blockHashes }
    const input = { fetch, network, block, crypto, parentStateRoot: file.preStateRoot, ground, now: () => 0 }
    const verification = await executeWithFaults(input)
    expect([verification.kind, bytesToHex(block.header.hash)]).toEqual(['verified', bytesToHex(file.blockHash)])
    expect(fetch.costs()).toMatchObject({ roundTrips, nodesFetched })
  }, 300_000)
})
