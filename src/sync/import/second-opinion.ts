/**
 * The slow way to be sure that a block is invalid: executed again in order, nothing adopted, on EthereumJS's own engine,
 * over nodes and codes that are all hashed again. What it takes and finds goes into a bundle that anybody can check.
 */
import { equalsBytes } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import type { Mismatch, Verification } from '../../execution/block/verification.ts'
import { verifyBlock, type BlockInput, type VerifierTools } from '../../execution/block/verify-block.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import {
  MissingParentError,
  writeStatelessBlock,
  type StatelessBlockJson,
} from '../../execution/stateless-block-file.ts'
import { describeFault } from '../../state/data-fault.ts'
import { BlockState, type ContentReader } from '../block-state.ts'
import type { BlockProblem, SecondOpinion } from './import-tools.ts'

export interface SecondOpinionOptions {
  readonly input: BlockInput
  /** A geth genesis "config" object, for the bundle, where the network is not built in. */
  readonly config?: object | undefined
  /** Everything that the first run had, and whatever else can be fetched. Nothing of it is taken by its word. */
  readonly contents: ContentReader
  readonly crypto: WasmCrypto
  readonly now: () => number
  /** Runs the job, in this thread or another; the job asks for the stock engine. */
  readonly execute: VerifierTools['execute']
  /** Keeps the block when it turns out to be good after all. */
  readonly keep: (
    verified: Verification & { readonly kind: 'verified' },
    state: BlockState,
  ) => Promise<string | undefined>
}

/** Rejects only for defects of this program or of its surroundings. */
export async function secondOpinion(options: SecondOpinionOptions): Promise<SecondOpinion> {
  const { input, crypto, now, execute, keep } = options
  const state = new BlockState({
    keccak: crypto.keccak,
    store: hashedAgain(options.contents, crypto.keccak),
    witness: undefined,
  })
  const verification = await verifyBlock(input, {
    crypto,
    now,
    execute,
    spent: { decode: 0, hash: 0 },
    engine: 'stock',
    openState: (root) => state.open(root),
  })
  switch (verification.kind) {
    case 'verified':
      return { kind: 'verified', keep: () => keep(verification, state) }
    case 'fault':
      return { kind: 'undecided', reason: describeFault(verification.fault) }
    case 'mismatch':
    case 'rejected': {
      const problem = problemOf(verification)
      // These say something about us or about who asked, and nothing about the block.
      if (NOT_THE_BLOCK.includes(problem.field)) return { kind: 'undecided', reason: problem.message }
      return { kind: 'invalid', problem, bundle: bundle(options, state) }
    }
  }
}

const NOT_THE_BLOCK = [
  ...['unsupported-fork', 'wrong-network', 'inconsistent-file', 'malformed-state', 'blockHash'],
  // The body is another's.
  ...['transactionsRoot', 'unclesHash', 'withdrawalsRoot'],
]

/** What contradicts a block, in one line and in parts. */
export function problemOf(verification: Verification & { readonly kind: 'mismatch' | 'rejected' }): BlockProblem {
  if (verification.kind === 'rejected') {
    const { code, message } = verification
    return { field: code, expected: undefined, actual: undefined, message }
  }
  return { ...verification.mismatch, message: mismatchMessage(verification.mismatch) }
}

function mismatchMessage({ field, expected, actual }: Mismatch): string {
  return field.startsWith('header.')
    ? `${field} is ${actual}; the rules ask for ${expected}`
    : `the header says ${field} ${expected}; execution gives ${actual}`
}

function bundle({ input, config, crypto }: SecondOpinionOptions, state: BlockState): StatelessBlockJson | undefined {
  const { network, block, headers, blockHashes } = input
  const { nodes, codes } = state.read()
  try {
    return writeStatelessBlock(
      {
        network: network.name,
        chainId: network.chainId,
        ...{ config, block, headers, blockHashes },
        nodes: nodes.map(({ bytes }) => bytes),
        codes: codes.map(({ bytes }) => bytes),
      },
      crypto.keccak,
    )
  } catch (error) {
    if (error instanceof MissingParentError) return undefined
    throw error
  }
}

/** What does not have its hash is missing: somewhere on its way here it was damaged. */
function hashedAgain(contents: ContentReader, keccak: Keccak): ContentReader {
  const check = async (hashes: readonly Hash[], found: Promise<(Uint8Array | undefined)[]>) =>
    (await found).map((bytes, at) =>
      bytes !== undefined && equalsBytes(keccak(bytes), hashes[at]!) ? bytes : undefined,
    )
  return {
    getNodes: (hashes, wanted) => check(hashes, contents.getNodes(hashes, wanted)),
    getCodes: (hashes, wanted) => check(hashes, contents.getCodes(hashes, wanted)),
  }
}
