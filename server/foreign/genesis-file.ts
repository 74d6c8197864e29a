/** A chain's beginning in geth's genesis format: the config, the header's fields, and every account. */
import { RLP } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes, hexToBytes, KECCAK256_RLP_ARRAY, setLengthLeft } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Hash, Keccak } from '../../src/chain/bytes.ts'
import { asAddress } from '../../src/chain/bytes.ts'
import { ConfigValue } from '../../src/chain/config-value.ts'
import { commonAt } from '../../src/chain/execution-common.ts'
import type { ExecutionNetwork } from '../../src/chain/network.ts'
import { decodeRawHeader } from '../../src/execution/block/raw-block.ts'
import { bytesToWord } from '../../src/execution/words.ts'
import { EMPTY_ROOT } from '../../src/state/trie/partial-trie.ts'
import type { GenesisAccount } from '../execution/build-state.ts'
import type { ExecutionBlock } from '../execution/execution-source.ts'

export interface GenesisFile {
  /** geth's "config" object, as the file has it. */
  readonly config: Readonly<Record<string, unknown>>
  readonly header: GenesisHeader
  readonly accounts: readonly GenesisAccount[]
}

/** What is undefined the file leaves out: it then follows from the forks at genesis. */
export interface GenesisHeader {
  readonly number: bigint
  /** Seconds since 1970. */
  readonly timestamp: bigint
  readonly nonce: bigint
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  readonly difficulty: bigint | undefined
  readonly extraData: Uint8Array
  readonly parentHash: Uint8Array
  readonly mixHash: Uint8Array
  readonly coinbase: Uint8Array
  readonly baseFeePerGas: bigint | undefined
  readonly blobGasUsed: bigint | undefined
  readonly excessBlobGas: bigint | undefined
}

/** @throws {NetworkConfigError} that names the first field with another shape */
export function readGenesisFile(json: unknown): GenesisFile {
  const file = new ConfigValue(json, 'genesis')
  const fixed = (name: string, bytes: number) => {
    const value = file.get(name)
    return value.absent ? new Uint8Array(bytes) : value.bytes(bytes)
  }
  const gasLimit = quantity(file.get('gasLimit')) ?? 0n
  return {
    config: file.get('config').object(),
    header: {
      number: quantity(file.get('number')) ?? 0n,
      timestamp: quantity(file.get('timestamp')) ?? 0n,
      nonce: quantity(file.get('nonce')) ?? 0n,
      gasLimit: gasLimit === 0n ? DEFAULT_GAS_LIMIT : gasLimit,
      gasUsed: quantity(file.get('gasUsed')) ?? 0n,
      difficulty: quantity(file.get('difficulty')),
      extraData: file.get('extraData').absent ? new Uint8Array() : hexBytes(file.get('extraData')),
      parentHash: fixed('parentHash', 32),
      mixHash: fixed('mixHash', 32),
      coinbase: fixed('coinbase', 20),
      baseFeePerGas: quantity(file.get('baseFeePerGas')),
      blobGasUsed: quantity(file.get('blobGasUsed')),
      excessBlobGas: quantity(file.get('excessBlobGas')),
    },
    accounts: readAccounts(file.get('alloc')),
  }
}

/**
 * The block that the file stands for.
 * @param stateRoot that of its accounts
 * @throws {UnsupportedForkError} where the chain begins under rules that are not known here
 */
export function genesisBlock(
  { header, config }: GenesisFile,
  network: ExecutionNetwork,
  stateRoot: Hash,
  keccak: Keccak,
): ExecutionBlock {
  const { number, timestamp, baseFeePerGas, blobGasUsed, excessBlobGas } = header
  const difficulty = header.difficulty ?? defaultDifficulty(config)
  const common = commonAt(network, { number, timestamp, difficulty })
  const added = (eip: number, ...fields: Uint8Array[]) => (common.isActivatedEIP(eip) ? fields : [])
  // The yellow paper's order (4.3), then that of the forks.
  const encoded = RLP.encode([
    header.parentHash,
    KECCAK256_RLP_ARRAY,
    header.coinbase,
    stateRoot,
    EMPTY_ROOT,
    EMPTY_ROOT,
    new Uint8Array(BLOOM_BYTES),
    bigIntToUnpaddedBytes(difficulty),
    bigIntToUnpaddedBytes(number),
    bigIntToUnpaddedBytes(header.gasLimit),
    bigIntToUnpaddedBytes(header.gasUsed),
    bigIntToUnpaddedBytes(timestamp),
    header.extraData,
    header.mixHash,
    setLengthLeft(bigIntToUnpaddedBytes(header.nonce), NONCE_BYTES),
    ...added(1559, bigIntToUnpaddedBytes(baseFeePerGas ?? INITIAL_BASE_FEE)),
    ...added(4895, EMPTY_ROOT),
    ...added(4844, bigIntToUnpaddedBytes(blobGasUsed ?? 0n), bigIntToUnpaddedBytes(excessBlobGas ?? 0n)),
    ...added(4788, new Uint8Array(32)),
    ...added(7685, sha256(new Uint8Array())),
    ...added(7928, KECCAK256_RLP_ARRAY),
  ])
  const raw = decodeRawHeader(encoded, keccak)
  const { hash, parentHash } = raw
  const body = common.isActivatedEIP(4895) ? [[], [], []] : [[], []]
  const rlp = RLP.encode([RLP.decode(encoded), ...body])
  return { hash, parentHash, number: raw.number, timestamp: raw.timestamp, stateRoot, header: encoded, rlp }
}

/** What geth takes where a genesis file says nothing or zero. */
const DEFAULT_GAS_LIMIT = 4_712_388n
/** The same for the difficulty, on chains of proof of work. */
const DEFAULT_DIFFICULTY = 131_072n
/** EIP-1559, INITIAL_BASE_FEE, in wei. */
const INITIAL_BASE_FEE = 1_000_000_000n

const BLOOM_BYTES = 256
const NONCE_BYTES = 8

/** geth: a config that does not name ethash is of another consensus, whose difficulty is 0. */
function defaultDifficulty(config: GenesisFile['config']): bigint {
  return config['ethash'] === undefined || config['ethash'] === null ? 0n : DEFAULT_DIFFICULTY
}

function readAccounts(alloc: ConfigValue): GenesisAccount[] {
  if (alloc.absent) return []
  return Object.entries(alloc.object()).map(([key, value]) => {
    const account = new ConfigValue(value, `${alloc.path}.${key}`)
    const code = account.get('code')
    const storage = account.get('storage')
    return {
      // With 0x or without, as tools please.
      address: asAddress(new ConfigValue(key.startsWith('0x') ? key : `0x${key}`, `${alloc.path}: key`).bytes(20)),
      nonce: quantity(account.get('nonce')) ?? 0n,
      balance: quantity(account.get('balance')) ?? 0n,
      ...(!code.absent && { code: hexBytes(code) }),
      ...(!storage.absent && { storage: readStorage(storage) }),
    }
  })
}

/** Zeros are no entries. */
function readStorage(storage: ConfigValue): (readonly [slot: Uint8Array, value: Uint8Array])[] {
  return Object.entries(storage.object()).flatMap(([key, item]) => {
    const value = word(new ConfigValue(item, `${storage.path}.${key}`))
    const slot = word(new ConfigValue(key, `${storage.path}: key`))
    return value === 0n ? [] : [[setLengthLeft(bigIntToUnpaddedBytes(slot), 32), bigIntToUnpaddedBytes(value)] as const]
  })
}

/** Up to 32 bytes as 0x-hex; shorter ones have their zeros in front left out. */
function word(value: ConfigValue): bigint {
  const bytes = hexBytes(value)
  if (bytes.length > 32) value.fail('at most 32 bytes as 0x-hex')
  return bytesToWord(bytes)
}

/** geth takes numbers as JSON numbers, decimal texts and 0x-hex. Undefined where it is left out. */
function quantity(value: ConfigValue): bigint | undefined {
  if (value.absent) return undefined
  if (typeof value.value === 'number') return BigInt(value.integer())
  const text = value.text()
  if (!/^(0x[0-9a-fA-F]{1,64}|\d{1,78})$/.test(text)) value.fail('a number, decimal or 0x-hex, of at most 256 bits')
  return BigInt(text)
}

function hexBytes(value: ConfigValue): Uint8Array {
  const text = value.value
  if (typeof text !== 'string' || !/^0x([0-9a-fA-F]{2})*$/.test(text)) value.fail('bytes as 0x-hex')
  return hexToBytes(text as `0x${string}`)
}
