/** Blocks of Amsterdam shared out by their access lists, and lists that are the header's and say what is not so. */
import { RLP } from '@ethereumjs/rlp'
import { beforeAll, expect, test } from 'vitest'
import {
  grow,
  statelessFile,
  testChain,
  testNetwork,
  type ForkSlots,
} from '../../../server/devnet/execution/execution-chain.fixtures.ts'
import type { ExecutionChain } from '../../../server/devnet/execution/execution-chain.ts'
import { systemClock } from '../../chain/clock.ts'
import { decodeRawBlock, decodeRawHeader, type RawBlock, type RawHeader } from '../../execution/block/raw-block.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { createEvmService } from '../../execution/remote/evm-service.ts'
import { CodeBag, NodeBag } from '../../state/content-bag.ts'
import { EvmPool } from '../evm/evm-pool.ts'
import { timerLimit } from '../evm/evm-seat.ts'
import type { ImportTask } from '../import/import-tools.ts'
import { BlockPredictor } from '../prediction/block-predictor.ts'
import { ContentPool } from '../state-fetch/content-pool.ts'
import { ServerSelector } from '../state-fetch/server-selector.ts'
import { emptyStore } from './beam-run.fixtures.ts'
import { BlockExecutor } from './block-executor.ts'
import { BlockTraces } from './block-traces.ts'
import { allowedSources } from './source-choice.ts'

const FORKS: ForkSlots = { amsterdam: 0 }
const crypto = await loadWasmCrypto()
const { keccak } = crypto

interface Served {
  readonly block: RawBlock
  readonly accessList: Uint8Array
  readonly parent: RawHeader
  readonly nodes: readonly Uint8Array[]
  readonly codes: readonly Uint8Array[]
  readonly headers: readonly Uint8Array[]
}

let served: Served
beforeAll(async () => {
  // Enough gas to be worth sharing.
  served = await servedBy(await testChain({ forks: FORKS, accounts: 300, gas: 6_000_000 }))
}, 60_000)

async function servedBy(chain: ExecutionChain): Promise<Served> {
  const { payload } = (await grow(chain, 1)).carried
  const file = await statelessFile(chain, FORKS, payload.blockHash)
  const parent = decodeRawHeader(file.headers.at(-1)!, keccak)
  const { nodes, codes, headers } = file
  const block = decodeRawBlock(file.block, keccak)
  return { block, accessList: payload.accessList!.rlp, parent, nodes, codes, headers }
}

/** With one server that has the list, and nodes and codes by hash. */
async function execute({ block, accessList, parent, ...held }: Served, workers: number) {
  const nodes = NodeBag.from(held.nodes, keccak)
  const codes = CodeBag.from(held.codes, keccak)
  const selector = new ServerSelector({ clock: systemClock, random: () => 0.5 })
  selector.add({
    name: 'a server',
    answers: {
      accessList: async () => accessList,
      nodes: async ({ hashes }) => ({ items: hashes.map((hash) => nodes.node(hash)) }),
      codes: async ({ hashes }) => ({ items: hashes.map((hash) => codes.code(hash)) }),
    },
    windows: {},
  })
  const evms = await Promise.all(Array.from({ length: workers }, () => createEvmService()))
  const executor = new BlockExecutor({
    ...{ network: testNetwork(FORKS), crypto, clock: systemClock, now: () => performance.now(), selector },
    ...{ evms: new EvmPool(evms, timerLimit, () => undefined), pool: new ContentPool(), lend: (home) => home },
    ...{ store: emptyStore(), traces: new BlockTraces(), ancestors: async () => held.headers },
    newest: () => block.header.number,
    allowed: allowedSources(['access-list', 'nodes']),
    predictor: new BlockPredictor(keccak),
    onKeep: () => undefined,
  })
  const task: ImportTask = { signal: new AbortController().signal, onProgress: () => undefined }
  return executor.execute(block, parent, task)
}

test('a block of little gas is run in order', async () => {
  const chain = await testChain({ forks: FORKS, accounts: 300, gas: 500_000 })
  const small = await servedBy(chain)
  expect(await execute(small, 2)).toMatchObject({ kind: 'verified', stats: { adopted: 0 } })
}, 60_000)

test('over two workers every transaction is adopted; one worker runs the block in order', async () => {
  const count = served.block.transactions.length
  expect(count).toBeGreaterThan(10)
  expect(await execute(served, 2)).toMatchObject({ kind: 'verified', stats: { adopted: count } })
  expect(await execute(served, 1)).toMatchObject({ kind: 'verified', stats: { adopted: 0 } })
}, 60_000)

type Account = [
  address: Uint8Array,
  slots: Slot[],
  reads: Uint8Array[],
  balances: Change[],
  nonces: Change[],
  codes: Change[],
]
type Change = [step: Uint8Array, value: Uint8Array]
type Slot = [slot: Uint8Array, values: Change[]]

/** The block with the hash of another list in its header. */
function forged(change: (list: Account[]) => void): Served {
  const list = RLP.decode(served.accessList) as unknown as Account[]
  change(list)
  const accessList = RLP.encode(list)
  expect(accessList).not.toEqual(served.accessList)
  const [header, ...body] = RLP.decode(served.block.rlp) as unknown as [Uint8Array[], ...Uint8Array[]]
  const other = header.map((field, at) => (at === ACCESS_LIST_HASH ? keccak(accessList) : field))
  return { ...served, accessList, block: decodeRawBlock(RLP.encode([other, ...body]), keccak) }
}

/** Place of EIP-7928's field in the header. */
const ACCESS_LIST_HASH = 21

const added = (value: Uint8Array): Uint8Array => Uint8Array.of(...value.subarray(0, -1), value.at(-1)! ^ 1)

test.each<[what: string, change: (list: Account[]) => void]>([
  [
    'a balance that all transactions pay to',
    (list) => {
      const { balances } = mostChanged(list, 3)
      for (const change of balances) change[1] = added(change[1])
    },
  ],
  ['a nonce of a sender', (list) => void (mostChanged(list, 4).nonces[0]![1] = Uint8Array.of(0x77))],
  [
    'a slot of a contract',
    (list) => {
      const slots = list.find(([, slots]) => slots.length > 0 && slots[0]![1][0]![0].length > 0)![1]
      slots[0]![1][0]![1] = Uint8Array.of(0x77)
    },
  ],
  ['a change that does not happen', (list) => void list[0]![3].push([Uint8Array.of(1), Uint8Array.of(9)])],
  ['an account that is left out', (list) => void list.pop()],
])(
  'a list with the header’s hash that is wrong about %s makes the block invalid',
  async (_, change) => {
    const result = await execute(forged(change), 2)
    if (result.kind !== 'contradicted') throw new Error(`the block is ${result.kind}`)
    expect(result.problem.field).toBe('blockAccessListHash')
    const opinion = await result.secondOpinion(new AbortController().signal)
    expect(opinion).toMatchObject({ kind: 'invalid', problem: { field: 'blockAccessListHash' } })
  },
  60_000,
)

/** The account with most changes of that kind. */
function mostChanged(
  list: readonly Account[],
  kind: 3 | 4,
): { readonly balances: Change[]; readonly nonces: Change[] } {
  const account = [...list].sort((a, b) => b[kind].length - a[kind].length)[0]!
  return { balances: account[3], nonces: account[4] }
}

test('bytes with the header’s hash that are no list make the block invalid', async () => {
  const [header, ...body] = RLP.decode(served.block.rlp) as unknown as [Uint8Array[], ...Uint8Array[]]
  const accessList = Uint8Array.of(0xc3, 0x01, 0x02, 0x03)
  const other = header.map((field, at) => (at === ACCESS_LIST_HASH ? keccak(accessList) : field))
  const block = decodeRawBlock(RLP.encode([other, ...body]), keccak)
  expect(await execute({ ...served, accessList, block }, 2)).toMatchObject({
    kind: 'contradicted',
    problem: { field: 'blockAccessListHash' },
  })
}, 60_000)
