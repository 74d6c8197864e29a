/**
 * `eth_createAccessList`: which accounts and slots a call touches, run again with the list until it no longer changes, as
 * geth does it (internal/ethapi: AccessList): sender, receiver and precompiles are warm anyway and are left out; slots are
 * listed whosever they are. On the stock interpreter, which tells each step.
 */
import { Block, createBlockHeaderFromRLP } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { EVM, NobleBLS, NobleBN254, type EVMMockBlockchainInterface, type InterpreterStep } from '@ethereumjs/evm'
import { createAccessList2930Tx } from '@ethereumjs/tx'
import {
  Address,
  bytesToHex,
  bytesToUnprefixedHex,
  createAddressFromBigInt,
  createContractAddress,
  EthereumJSError,
  unprefixedHexToBytes,
} from '@ethereumjs/util'
import { createVM, runTx } from '@ethereumjs/vm'
import { asAddress, asHash, type Hash } from '../../src/chain/bytes.ts'
import { commonAt, UnsupportedForkError } from '../../src/chain/execution-common.ts'
import type { ExecutionNetwork } from '../../src/chain/network.ts'
import { decodeRawHeader } from '../../src/execution/block/raw-block.ts'
import { loadKzg } from '../../src/execution/crypto/kzg.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { FlatStateManager } from '../../src/execution/state/flat-state-manager.ts'
import { FlatState } from '../../src/execution/state/flat-state.ts'
import { wordToBytes32 } from '../../src/execution/words.ts'
import type { MessageCall } from '../../src/network/on-demand/rpc-access-list.ts'
import type { CodeSource } from '../../src/state/content-bag.ts'
import { StateTrie } from '../../src/state/state-trie.ts'
import type { NodeSource } from '../../src/state/trie/node-source.ts'
import { UnavailableError, type AccessListResult, type ExecutionHeader } from './execution-source.ts'

export interface AccessListInput {
  readonly network: ExecutionNetwork
  /** The call runs on the state after it, and sees it as the block it is in. */
  readonly block: ExecutionHeader
  readonly call: MessageCall
  readonly state: NodeSource & CodeSource
  /** For BLOCKHASH. */
  readonly ancestors: ReadonlyMap<number, Hash>
  /** Ends the runs at their next turn. Default: they end by themselves. */
  readonly signal?: AbortSignal | undefined
}

/** What a call may spend: the most that a transaction may (EIP-7825), here on all forks. */
const MAX_GAS = 16_777_216n
/** geth goes on for ever; a call whose list depends on its own gas could swing between two. */
const MAX_RUNS = 16
/** Milliseconds of execution after which others in this thread get a turn. */
const TURN_MS = 8

/**
 * @throws {UnavailableError} before Berlin, which has no access lists, and for forks whose rules are not known here
 * @throws the signal's reason
 */
export async function createAccessList(input: AccessListInput, crypto: WasmCrypto): Promise<AccessListResult> {
  const { call } = input
  const setting = await openSetting(input, crypto)
  const balance = setting.trie().account(asAddress(setting.from.bytes))?.balance ?? 0n
  if (call.value > balance) return failed('insufficient funds for transfer')
  let list = new TouchedKeys(setting.excluded, call.accessList)
  for (let run = 1; ; run++) {
    const touched = new TouchedKeys(setting.excluded, list.list())
    input.signal?.throwIfAborted()
    const outcome = await runCall(setting, call, list, touched)
    if (typeof outcome === 'string') return failed(outcome)
    if (touched.isSame(list) || run === MAX_RUNS) return { accessList: list.list(), ...outcome }
    list = touched
  }
}

function failed(error: string): AccessListResult {
  return { accessList: [], gasUsed: 0n, error }
}

/** What all runs of a call share. */
interface Setting {
  readonly crypto: WasmCrypto
  readonly common: Common
  readonly block: Block
  readonly blockchain: EVMMockBlockchainInterface
  readonly from: Address
  /** Hexadecimal. */
  readonly excluded: ReadonlySet<string>
  /** A fresh view of the state: what a run writes is gone with it. */
  readonly trie: () => StateTrie
  readonly signal: AbortSignal | undefined
}

async function openSetting(input: AccessListInput, crypto: WasmCrypto): Promise<Setting> {
  const { network, block, call, state } = input
  const common = await commonOf(network, block, crypto)
  if (!common.isActivatedEIP(2930))
    throw new UnavailableError(`block ${block.number} is before Berlin: no access lists`)
  const trie = (): StateTrie =>
    new StateTrie({ root: block.stateRoot, nodes: state, codes: state, keccak: crypto.keccak })
  const from = new Address(call.from ?? new Uint8Array(20))
  const nonce = trie().account(asAddress(from.bytes))?.nonce ?? 0n
  const to = call.to === undefined ? createContractAddress(from, nonce) : new Address(call.to)
  const header = createBlockHeaderFromRLP(block.header, { common, skipConsensusFormatValidation: true })
  const { precompiles } = new EVM({ common, bn254: new NobleBN254(), bls: new NobleBLS() })
  return {
    crypto,
    common,
    block: new Block(header, [], [], common.isActivatedEIP(4895) ? [] : undefined, {
      common,
      skipConsensusFormatValidation: true,
    }),
    blockchain: blockchainOf(input.ancestors),
    from,
    excluded: new Set([hexOf(from), hexOf(to), ...precompiles.keys()]),
    trie,
    signal: input.signal,
  }
}

async function commonOf(network: ExecutionNetwork, block: ExecutionHeader, crypto: WasmCrypto): Promise<Common> {
  try {
    const { number, timestamp, difficulty } = decodeRawHeader(block.header, crypto.keccak)
    return commonAt(network, { number, timestamp, difficulty }, { ...crypto.customCrypto, kzg: await loadKzg() })
  } catch (error) {
    if (error instanceof UnsupportedForkError) throw new UnavailableError(error.message)
    throw error
  }
}

function blockchainOf(ancestors: ReadonlyMap<number, Hash>): EVMMockBlockchainInterface {
  const blockchain: EVMMockBlockchainInterface = {
    getBlock: async (number) => ({ hash: () => ancestorHash(ancestors, number) }),
    putBlock: async () => undefined,
    shallowCopy: () => blockchain,
  }
  return blockchain
}

function ancestorHash(ancestors: ReadonlyMap<number, Hash>, number: number): Hash {
  const hash = ancestors.get(number)
  if (hash === undefined) throw new UnavailableError(`the call asks for the hash of block ${number}, which is not held`)
  return hash
}

/** What it used and why it failed, or why it could not even begin. */
async function runCall(
  setting: Setting,
  call: MessageCall,
  list: TouchedKeys,
  touched: TouchedKeys,
): Promise<Omit<AccessListResult, 'accessList'> | string> {
  const { common, block, blockchain, crypto } = setting
  const trie = setting.trie()
  const stateManager = new FlatStateManager(new FlatState(trie), crypto.keccak, async () => trie.root())
  const evm = new EVM({ common, stateManager, blockchain, bn254: new NobleBN254(), bls: new NobleBLS() })
  const vm = await createVM({ common, stateManager, evm })
  let turnEnds = performance.now() + TURN_MS
  evm.events.on('step', (step, resume) => {
    // What a listener throws ends the run.
    setting.signal?.throwIfAborted()
    touched.note(step)
    if (performance.now() < turnEnds) return resume?.()
    turnEnds = performance.now() + TURN_MS
    setImmediate(() => resume?.())
  })
  try {
    const tx = createAccessList2930Tx(
      {
        ...(call.to && { to: new Address(call.to) }),
        value: call.value,
        data: call.data,
        gasLimit: call.gas === undefined || call.gas > MAX_GAS ? MAX_GAS : call.gas,
        gasPrice: block.header.baseFeePerGas ?? 0n,
        accessList: list.list().map(({ address, slots }) => ({
          address: bytesToHex(address),
          storageKeys: slots.map((slot) => bytesToHex(slot)),
        })),
      },
      { common, freeze: false },
    )
    tx.getSenderAddress = () => setting.from
    const options = {
      skipNonce: true,
      skipBalance: true,
      skipBlockGasLimitValidation: true,
      skipHardForkValidation: true,
    }
    const { totalGasSpent, execResult } = await runTx(vm, { tx, block, ...options })
    return { gasUsed: totalGasSpent, error: execResult.exceptionError && nameOf(execResult.exceptionError.error) }
  } catch (error) {
    if (error instanceof EthereumJSError) return error.message
    throw error
  }
}

/** In geth's words. */
function nameOf(error: string): string {
  return error === 'revert' ? 'execution reverted' : error
}

/** Accounts and slots that a run touched, or was given. */
class TouchedKeys {
  /** Hexadecimal addresses to hexadecimal slots. */
  readonly #slots = new Map<string, Set<string>>()

  constructor(
    private readonly excluded: ReadonlySet<string>,
    given: MessageCall['accessList'],
  ) {
    for (const { address, slots } of given) {
      this.#address(bytesToUnprefixedHex(address))
      for (const slot of slots) this.#slot(bytesToUnprefixedHex(address), bytesToUnprefixedHex(slot))
    }
  }

  note({ opcode, stack, address }: InterpreterStep): void {
    switch (opcode.name) {
      case 'SLOAD':
      case 'SSTORE': {
        const slot = stack.at(-1)
        if (slot !== undefined) this.#slot(hexOf(address), bytesToUnprefixedHex(wordToBytes32(slot)))
        return
      }
      case 'BALANCE':
      case 'EXTCODESIZE':
      case 'EXTCODECOPY':
      case 'EXTCODEHASH':
      case 'SELFDESTRUCT':
        return this.#noteAddress(stack.at(-1))
      case 'CALL':
      case 'CALLCODE':
      case 'DELEGATECALL':
      case 'STATICCALL':
        return this.#noteAddress(stack.at(-2))
      default:
    }
  }

  /** In order, so that equal lists look equal. */
  list(): AccessListResult['accessList'] {
    return [...this.#slots].sort(byKey).map(([address, slots]) => ({
      address: asAddress(unprefixedHexToBytes(address)),
      slots: [...slots].sort().map((slot) => asHash(unprefixedHexToBytes(slot))),
    }))
  }

  isSame(other: TouchedKeys): boolean {
    return this.#size() === other.#size() && [...this.#slots].every(([address, slots]) => other.#has(address, slots))
  }

  #noteAddress(word: bigint | undefined): void {
    if (word !== undefined) this.#address(hexOf(createAddressFromBigInt(BigInt.asUintN(160, word))))
  }

  #address(address: string): void {
    if (!this.excluded.has(address) && !this.#slots.has(address)) this.#slots.set(address, new Set())
  }

  #slot(address: string, slot: string): void {
    const known = this.#slots.get(address)
    if (known === undefined) this.#slots.set(address, new Set([slot]))
    else known.add(slot)
  }

  #has(address: string, slots: ReadonlySet<string>): boolean {
    const known = this.#slots.get(address)
    return known !== undefined && [...slots].every((slot) => known.has(slot))
  }

  #size(): number {
    let size = 0
    for (const slots of this.#slots.values()) size += 1 + slots.size
    return size
  }
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

function hexOf(address: Address): string {
  return bytesToUnprefixedHex(address.bytes)
}
