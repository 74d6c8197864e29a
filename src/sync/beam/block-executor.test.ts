/** What executing a block on fetched state tells of its costs, what it does next time, and when it ends. */
import { RLP } from '@ethereumjs/rlp'
import { equalsBytes } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import { systemClock } from '../../chain/clock.ts'
import { networkByName } from '../../chain/network.ts'
import { decodeRawBlock, decodeRawHeader } from '../../execution/block/raw-block.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { createEvmService } from '../../execution/remote/evm-service.ts'
import { HEADER_FIELDS, witnessBlock } from '../../execution/witness-blocks.fixtures.ts'
import { RequestError } from '../../network/request-server.ts'
import { CodeBag, NodeBag } from '../../state/content-bag.ts'
import { describeWithData } from '../../testing/data.ts'
import { EvmPool } from '../evm/evm-pool.ts'
import { timerLimit } from '../evm/evm-seat.ts'
import { startTurn, type TurnOutcome } from '../import/execution-turn.ts'
import type { BlockCosts } from '../import/import-tools.ts'
import { BlockPredictor } from '../prediction/block-predictor.ts'
import { ContentPool } from '../state-fetch/content-pool.ts'
import { ServerSelector } from '../state-fetch/server-selector.ts'
import type { StateAnswers } from '../state-fetch/state-server.ts'
import { emptyStore } from './beam-run.fixtures.ts'
import { BlockExecutor } from './block-executor.ts'
import { BlockTraces } from './block-traces.ts'
import { allowedSources, type SourceChoice } from './source-choice.ts'

const crypto = await loadWasmCrypto()
const { keccak } = crypto

describeWithData('a block on state that is fetched for it', (data) => {
  /** A block after the merge of 37 transactions, with servers that hold what it needs. */
  async function world(sources: readonly SourceChoice[]) {
    const file = await witnessBlock(data, 'mainnet-19426587')
    const nodes = NodeBag.from(file.nodes, keccak)
    const codes = CodeBag.from(file.codes, keccak)
    const held: StateAnswers = {
      nodes: async ({ hashes }) => ({ items: hashes.map((hash) => nodes.node(hash)) }),
      codes: async ({ hashes }) => ({ items: hashes.map((hash) => codes.code(hash)) }),
    }
    const selector = new ServerSelector({ clock: systemClock, random: () => 0.5 })
    const add = (name: string, answers: StateAnswers) => selector.add({ name, answers, windows: {} })
    const executor = new BlockExecutor({
      ...{ network: networkByName('mainnet'), crypto, clock: systemClock, now: () => performance.now(), selector },
      evms: new EvmPool([await createEvmService()], timerLimit, () => undefined),
      ...{ pool: new ContentPool(), lend: (home) => home, store: emptyStore(), traces: new BlockTraces() },
      ancestors: async () => file.headers,
      newest: () => file.number,
      allowed: allowedSources(sources),
      predictor: new BlockPredictor(keccak),
      onKeep: () => undefined,
    })
    const block = decodeRawBlock(file.block, keccak)
    const parent = decodeRawHeader(file.parentHeader!, keccak)
    return { file, held, add, executor, block, parent }
  }

  function task() {
    const abort = new AbortController()
    const told: BlockCosts[] = []
    const onProgress = (_stage: unknown, costs: BlockCosts) => void told.push(costs)
    return { abort, told, task: { signal: abort.signal, onProgress } }
  }

  test('costs of preparing are of all that was asked, also when what failed to predict is followed by a look ahead', async () => {
    const { held, add, executor, block, parent } = await world(['witness', 'nodes'])
    let asked = 0
    const witness = () => {
      asked += 1
      return Promise.reject(new RequestError({ code: 'absent' }, 'none'))
    }
    const nodes: typeof held.nodes = (request, signal) => {
      asked += 1
      return held.nodes!(request, signal)
    }
    const codes: typeof held.codes = (request, signal) => {
      asked += 1
      return held.codes!(request, signal)
    }
    add('holds all but witnesses', { witness, nodes, codes })
    const { told, task: own } = task()
    await executor.prepare(block, { parent, ground: parent }, own)
    expect(told.at(-1)).toMatchObject({ requests: asked, source: 'nodes' })
  }, 60_000)

  test('a block that could not be had, since there was nobody to ask, is run ahead when there is', async () => {
    const { held, add, executor, block, parent } = await world(['nodes'])
    expect(await executor.execute(block, parent, task().task)).toMatchObject({ kind: 'unavailable' })
    add('holds all', held)
    const result = await executor.execute(block, parent, task().task)
    if (result.kind !== 'verified') throw new Error(`the block is ${result.kind}`)
    expect(result.stats.adopted).toBeGreaterThan(0)
  }, 60_000)

  test('a server that sends far more than the block needs cannot have it passed as too large', async () => {
    const { file, held, add, executor, block, parent } = await world(['witness', 'nodes'])
    const junk = Array.from({ length: 3_000 }, (_, at) => Uint8Array.of(0xc2, at >> 8, at & 0xff))
    const { codes, blockHashes } = file
    const witness = { nodes: [...file.nodes, ...junk], codes, headers: [], keys: [], blockHashes }
    add('sends junk', { ...held, witness: async () => witness })
    const outcome = await new Promise<TurnOutcome>((onEnd) => {
      const caps = { nodes: 2_000, bytes: 10_000_000, ms: 60_000 }
      const tools = { clock: systemClock, executor }
      startTurn({ ...{ block, parent, caps, tools, onEnd }, onStage: () => undefined })
    })
    expect(outcome.kind).toBe('verified')
  }, 60_000)

  test('a witness that lacks most of what is read is believed no longer: the block is run ahead', async () => {
    const { file, held, add, executor, block, parent } = await world(['witness', 'nodes'])
    const root = file.nodes.filter((node) => equalsBytes(keccak(node), file.preStateRoot))
    const witness = { nodes: root, codes: [], headers: [], keys: [], blockHashes: new Map() }
    add('leaves almost all out', { ...held, witness: async () => witness })
    const result = await executor.execute(block, parent, task().task)
    if (result.kind !== 'verified') throw new Error(`the block is ${result.kind}`)
    expect(result.stats.adopted).toBeGreaterThan(0)
    expect(result.costs.roundTrips).toBeLessThan(100)
  }, 60_000)

  test('a witness of another state is none', async () => {
    const { file, held, add, executor, block, parent } = await world(['witness', 'nodes'])
    const others = file.nodes.filter((node) => !equalsBytes(keccak(node), file.preStateRoot))
    const witness = { nodes: others, codes: file.codes, headers: [], keys: [], blockHashes: new Map() }
    add('is of another state', { witness: async () => witness })
    expect(await executor.execute(block, parent, task().task)).toMatchObject({ kind: 'unavailable' })
    add('holds all', held)
    expect(await executor.execute(block, parent, task().task)).toMatchObject({ kind: 'verified' })
  }, 60_000)

  test('what is being brought for a block before its turn is not asked for again at its turn', async () => {
    const { file, add, executor, block, parent } = await world(['witness'])
    let asked = 0
    const { nodes, codes } = file
    const witness = async () => {
      asked += 1
      await new Promise((resolve) => setTimeout(resolve, 50))
      return { nodes, codes, headers: [], keys: [], blockHashes: new Map() }
    }
    add('takes its time', { witness })
    const early = executor.prepare(block, { parent, ground: parent }, task().task)
    expect(await executor.execute(block, parent, task().task)).toMatchObject({ kind: 'verified' })
    await early
    expect(asked).toBe(1)
  }, 60_000)

  test('predictions larger than a block may be keep nobody from executing it', async () => {
    const { file, held, add, executor, block, parent } = await world(['metadata', 'nodes'])
    const heavy = Array.from({ length: 140 }, (_, at) => new Uint8Array(1_000_000).fill(at + 1))
    const hashes = heavy.map((code) => asHash(keccak(code)))
    const codes: typeof held.codes = async (request, signal) => {
      const mine = await held.codes!(request, signal)
      return {
        items: mine.items.map(
          (item, at) => item ?? heavy[hashes.findIndex((hash) => equalsBytes(hash, request.hashes[at]!))],
        ),
      }
    }
    const metadata = async () => ({
      ...{ nodes: [], codes: hashes, keys: [], blockHashes: new Map() },
      headers: { first: file.number - 1, count: 1 },
    })
    add('names what nobody needs', { ...held, codes, metadata })
    expect(await executor.execute(block, parent, task().task)).toMatchObject({ kind: 'verified' })
  }, 60_000)

  test('a second opinion ends with its task', async () => {
    const { file, held, add, executor, parent } = await world(['nodes'])
    add('holds all', held)
    const [header, ...body] = RLP.decode(file.block) as unknown as [Uint8Array[], ...Uint8Array[]]
    const wrong = header.map((field, at) => (HEADER_FIELDS[at] === 'stateRoot' ? new Uint8Array(32).fill(7) : field))
    const result = await executor.execute(decodeRawBlock(RLP.encode([wrong, ...body]), keccak), parent, task().task)
    if (result.kind !== 'contradicted') throw new Error(`the block is ${result.kind}`)
    const pivot = new AbortController()
    pivot.abort(new Error('pivot'))
    await expect(result.secondOpinion(pivot.signal)).rejects.toThrow('pivot')
  }, 60_000)
})
