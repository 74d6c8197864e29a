/** A devnet whose blocks are made as tests want, servers that do with transactions what they want, and a view over them. */
import { createTx, type TypedTxData } from '@ethereumjs/tx'
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex, concatBytes } from '@ethereumjs/util'
import { DevnetAccounts, type Sender } from '../../../server/devnet/execution/accounts.ts'
import {
  grow,
  requestOf,
  testChain,
  testNetwork,
  timeOfSlot,
} from '../../../server/devnet/execution/execution-chain.fixtures.ts'
import type { ExecutionChain } from '../../../server/devnet/execution/execution-chain.ts'
import { ForkRules } from '../../../server/devnet/execution/fork-rules.ts'
import { loadSigner } from '../../../server/devnet/execution/signer.ts'
import { SubmitError } from '../../../server/execution/execution-source.ts'
import { asHash, type Hash, type Hex } from '../../chain/bytes.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import type { Json, JsonObject } from '../../network/json-rpc/json.ts'
import type { SubmitAnswer } from '../../network/on-demand/rpc-transactions.ts'
import type { ChainView } from '../../sync/chain-view/chain-view.ts'
import { Evidence } from '../../sync/chain-view/evidence.ts'
import type { StateAnswers, StateServer } from '../../sync/state-fetch/state-server.ts'
import { aTurn, openView, serverOf } from '../imported-view.fixtures.ts'
import { asRpcError } from '../rpc-failure.ts'
import { resumeSent } from './resume-sent.ts'

const FORKS = { osaka: 0 }
const GWEI = 10n ** 9n
const crypto = await loadWasmCrypto()
const signer = await loadSigner()
const rules = new ForkRules(testNetwork(FORKS), { ...crypto.customCrypto, ecsign: signer.ecsign })

/** No workload: its senders are those of the tests. */
export const openChain = (): Promise<ExecutionChain> => testChain({ forks: FORKS, accounts: 50, gas: 0 })

export const senders: readonly Sender[] = new DevnetAccounts('test', 50, crypto.keccak, signer).senders

export const ownRules = () => rules.at({ number: 1, timestamp: timeOfSlot(1), difficulty: 0n })

export function signed(fields: TypedTxData = {}, { secret }: Sender = senders[0]!, common = ownRules()): Uint8Array {
  const usual = { nonce: 0n, to: `0x${'aa'.repeat(20)}`, value: 1n, gasLimit: 21_000n, chainId: 1337n }
  const fees = fields.type === 0 ? {} : { maxFeePerGas: 4n * GWEI, maxPriorityFeePerGas: GWEI }
  return createTx({ type: 2, ...usual, ...fees, ...fields } as TypedTxData, {
    common,
    allowUnlimitedInitCodeSize: true,
  })
    .sign(secret)
    .serialize()
}

/** As they are before Osaka, whose bound on gas the library keeps. */
export const earlierRules = () =>
  new ForkRules(testNetwork({ prague: 0 }), { ...crypto.customCrypto, ecsign: signer.ecsign }).at({
    ...{ number: 1, timestamp: timeOfSlot(1), difficulty: 0n },
  })

/** One whose fields are others than those that were signed. */
export function changed(raw: Uint8Array, change: (fields: Uint8Array[]) => void): Uint8Array {
  const fields = RLP.decode(raw.subarray(1)) as Uint8Array[]
  change(fields)
  return concatBytes(raw.subarray(0, 1), RLP.encode(fields))
}

export const hashOf = (raw: Uint8Array): Hash => asHash(crypto.keccak(raw))

/** What a server does with a transaction. */
export type Taking = (raw: Uint8Array, signal: AbortSignal) => Promise<SubmitAnswer>

/** The chain's own pool, as JSON-RPC tells of it. */
export const poolOf =
  ({ local }: ExecutionChain): Taking =>
  async (raw) => {
    try {
      await local.submit(raw)
      return { kind: 'taken' }
    } catch (error) {
      if (!(error instanceof SubmitError)) throw error
      return error.message === 'already known' ? { kind: 'known' } : { kind: 'refused', words: error.message }
    }
  }

export const takesAll: Taking = () => Promise.resolve({ kind: 'taken' })
export const refusing =
  (words: string): Taking =>
  () =>
    Promise.resolve({ kind: 'refused', words })

export interface TakingServer {
  readonly server: StateServer
  /** Transactions that it was given, by hash, in their order. */
  readonly given: string[]
}

/** Has all of the chain, and does that with transactions. */
export function takingServer(
  chain: ExecutionChain,
  name: string,
  taking: Taking,
  more: StateAnswers = {},
): TakingServer {
  const given: string[] = []
  const whole = serverOf(chain.local, name)
  const submit: StateAnswers['submit'] = ({ raw }, signal) => {
    given.push(bytesToHex(hashOf(raw)))
    return taking(raw, signal)
  }
  return { given, server: { ...whole, answers: { ...whole.answers, submit, ...more } } }
}

export interface SendingWorld {
  readonly view: ChainView
  readonly lastErrorOf: (server: string) => string | undefined
  readonly sentCount: () => number
  /** With what the answer rests on. */
  readonly ask: (method: string, params: Json) => Promise<{ readonly result: Json; readonly evidence: Evidence }>
  readonly send: (raw: Uint8Array) => Promise<Json>
  /** Another node sent it, so long ago. */
  readonly resume: (raw: Uint8Array, seconds?: number) => void
  /** Makes a block with what the chain's pool has, and follows it. */
  readonly nextBlock: (fill?: 'workload' | 'empty') => Promise<Hex>
  /** Follows the chain's head, whatever it is. */
  readonly follow: () => Promise<void>
}

export async function openWorld(chain: ExecutionChain, servers: readonly TakingServer[]): Promise<SendingWorld> {
  const network = { ...testNetwork(FORKS), name: 'devnet' }
  const view = openView({ network, servers: servers.map(({ server }) => server) })
  const { sent } = view.setting
  let slot = chain.local.head.number
  const follow = () => view.follow(chain.local.head)
  await follow()
  const ask = async (method: string, params: Json) => {
    const evidence = new Evidence()
    const result = await view.call(method, params, { ask: { signal: new AbortController().signal, evidence } })
    return { result, evidence }
  }
  return {
    ...{ follow, ask, view: view.view },
    lastErrorOf: (server) => view.selector.views().find(({ name }) => name === server)?.lastError?.message,
    sentCount: () => sent.size,
    send: async (raw) => (await ask('eth_sendRawTransaction', [bytesToHex(raw)])).result,
    resume: (raw, seconds = 0) =>
      resumeSent({ kind: 'sent', raw: bytesToHex(raw), sentAt: Date.now() - seconds * 1_000 }, view.setting),
    async nextBlock(fill = 'workload') {
      const { carried } = await grow(chain, ++slot, { fill })
      await follow()
      return bytesToHex(carried.payload.blockHash)
    },
  }
}

/** Another branch from the genesis block becomes the head of the chain, with these transactions in its one block. */
export async function reorganize(chain: ExecutionChain, genesis: Hash, transactions: readonly Uint8Array[]) {
  const other = await openChain()
  for (const raw of transactions) await other.local.submit(raw)
  const { carried } = await other.make(requestOf(other, 40, { parentHash: genesis }))
  const { blockHash } = carried.payload
  const block = { rlp: other.local.blockByHash(blockHash)!.rlp, receipts: other.local.receipts(blockHash)! }
  chain.local.accept({ ...block, nodes: other.local.state, codes: other.local.state })
  chain.local.setHead({ head: blockHash })
  return other
}

export const failure = async (answer: Promise<unknown>): Promise<{ code: number; message: string }> => {
  const error = asRpcError(
    await answer.then(
      () => new Error('answered'),
      (error: unknown) => error,
    ),
    () => undefined,
  )
  return { code: error.code, message: error.message }
}

export const seen = async (world: SendingWorld, raw: Uint8Array) => {
  const { result, evidence } = await world.ask('eth_getTransactionByHash', [bytesToHex(hashOf(raw))])
  return { transaction: result as JsonObject | null, evidence }
}

/** Everything that a head sets off has happened. */
export const settled = async (world: SendingWorld): Promise<void> => {
  await seen(world, signed())
  await aTurn()
}
