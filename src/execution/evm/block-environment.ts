/** The block as opcodes see it, read once from its header. */
import type { EVMRunCallOpts } from '@ethereumjs/evm'
import { bytesToWord } from '../words.ts'
import type { BlockEnvironment } from './environment.ts'
import type { BlockHashLookup } from './environment.ts'

type Header = NonNullable<EVMRunCallOpts['block']>['header'] & {
  readonly excessBlobGas?: bigint
  readonly slotNumber?: bigint
}

const environments = new WeakMap<Header, BlockEnvironment>()

export function blockEnvironment(header: Header, blockHash: BlockHashLookup): BlockEnvironment {
  let environment = environments.get(header)
  if (environment === undefined || environment.blockHash !== blockHash) {
    environment = read(header, blockHash)
    environments.set(header, environment)
  }
  return environment
}

function read(header: Header, blockHash: BlockHashLookup): BlockEnvironment {
  return {
    number: header.number,
    timestamp: header.timestamp,
    coinbase: bytesToWord(header.coinbase.bytes),
    gasLimit: header.gasLimit,
    difficulty: header.difficulty,
    // Before the merge the field is the mix hash, which no opcode shows; reading it through the header would throw.
    prevRandao: header.difficulty === 0n ? bytesToWord(header.prevRandao) : 0n,
    baseFee: header.baseFeePerGas ?? 0n,
    slotNumber: header.slotNumber ?? 0n,
    blobBaseFee: header.excessBlobGas === undefined ? 0n : (header.getBlobGasPrice() ?? 0n),
    blockHash,
  }
}
