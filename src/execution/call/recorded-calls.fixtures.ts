/** The execution-apis project's chain as calls run on it, and its recorded requests and answers. */
import { asHash, type Hash } from '../../chain/bytes.ts'
import { StateTrie } from '../../state/state-trie.ts'
import type { LocalExecution } from '../../../server/execution/local-execution.ts'
import {
  importTestChain,
  recordedCalls,
  type NamedCall,
} from '../../../server/gateway/json-rpc/imported-chain.fixtures.ts'
import type { ExecutionBlock } from '../../../server/execution/execution-source.ts'
import { loadWasmCrypto } from '../crypto/wasm-crypto.ts'
import { UNPACED } from '../pace.ts'
import { DEFAULT_GAS_CAP, type CallContext } from './call-block.ts'

export interface TestChain {
  readonly chain: LocalExecution
  /** Calls on the state after a block. */
  context(number: number): CallContext
  block(number: number): ExecutionBlock
  trie(root: Hash): StateTrie
}

export async function openTestChain(data: string): Promise<TestChain> {
  const chain = await importTestChain(data)
  const crypto = await loadWasmCrypto()
  const block = (number: number) => {
    const found = chain.blockByNumber(number)
    if (found === undefined) throw new RangeError(`the chain has no block ${number}`)
    return found
  }
  const source = {
    node: (hash: Hash) => chain.nodes([hash])[0],
    code: (hash: Hash) => chain.codes([hash])[0],
  }
  const trie = (root: Hash) => new StateTrie({ root, nodes: source, codes: source, keccak: crypto.keccak })
  return {
    chain,
    block,
    trie,
    context: (number) => ({
      network: chain.network,
      header: block(number).header,
      reader: trie(block(number).stateRoot),
      blockHash: (ancestor) => asHash(block(ancestor).hash),
      crypto,
      gasCap: DEFAULT_GAS_CAP,
      pace: UNPACED,
    }),
  }
}

/** Recorded requests of one method. */
export function callsOf(data: string, method: string): (NamedCall & { readonly params: readonly unknown[] })[] {
  return recordedCalls(data)
    .filter(({ request }) => request.method === method)
    .map((call) => ({ ...call, params: (call.request.params ?? []) as readonly unknown[] }))
}
