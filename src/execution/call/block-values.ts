/** The numbers of a block that calls see. */
import { createBlockHeaderFromRLP, type BlockHeader } from '@ethereumjs/block'
import { commonAt } from '../../chain/execution-common.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import { decodeRawHeader } from '../block/raw-block.ts'
import type { WasmCrypto } from '../crypto/wasm-crypto.ts'
import type { BlockEnvironment } from '../evm/environment.ts'
import { bytesToWord } from '../words.ts'

export interface HeaderOnNetwork {
  readonly network: ExecutionNetwork
  /** RLP. */
  readonly header: Uint8Array
  readonly crypto: WasmCrypto
}

/** Numbers of a block before its rules are known. */
export interface BlockValues extends Omit<BlockEnvironment, 'baseFee' | 'blockHash'> {
  /** Undefined before London. */
  readonly baseFee: bigint | undefined
}

/** @throws {UnsupportedForkError} */
export function readHeader({ network, header, crypto }: HeaderOnNetwork): BlockHeader {
  const common = commonAt(network, decodeRawHeader(header, crypto.keccak), crypto.customCrypto)
  return createBlockHeaderFromRLP(header, { common, skipConsensusFormatValidation: true })
}

export function valuesOf(header: BlockHeader): BlockValues {
  return {
    number: header.number,
    timestamp: header.timestamp,
    coinbase: bytesToWord(header.coinbase.bytes),
    gasLimit: header.gasLimit,
    difficulty: header.difficulty,
    prevRandao: bytesToWord(header.mixHash),
    baseFee: header.baseFeePerGas,
    blobBaseFee: header.excessBlobGas === undefined ? 0n : header.getBlobGasPrice(),
    slotNumber: header.slotNumber ?? 0n,
  }
}
