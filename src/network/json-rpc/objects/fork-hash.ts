/** FORK_HASH: a checksum of a chain's genesis and of every fork it has passed (EIP-2124, EIP-6122). */
import type { Hash } from '../../../chain/bytes.ts'
import type { ExecutionSchedule } from '../../../chain/execution-schedule.ts'

/** Four bytes. @param at seconds since 1970; forks by number count as passed */
export function forkHash(
  { blockForks, mergeNetsplitBlock, timeForks }: ExecutionSchedule,
  genesis: { readonly hash: Hash; readonly timestamp: number },
  at: number,
): Uint8Array {
  const blocks = [...blockForks.map(({ block }) => block), mergeNetsplitBlock ?? 0]
  const times = timeForks.map(({ timestamp }) => timestamp).filter((time) => time > genesis.timestamp && time <= at)
  // Forks of the genesis block are in its hash; those at the same moment count once.
  const passed = [...new Set(blocks.filter((block) => block > 0).sort((a, b) => a - b)), ...new Set(times)]
  let checksum = crc32(genesis.hash)
  for (const fork of passed) checksum = crc32(uint64(fork), checksum)
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, checksum)
  return bytes
}

/** Of ISO 3309, as zlib has it. @param before of the bytes that came before these */
function crc32(bytes: Uint8Array, before = 0): number {
  let checksum = ~before
  for (const byte of bytes) {
    checksum ^= byte
    for (let bit = 0; bit < 8; bit++) checksum = (checksum >>> 1) ^ (checksum & 1 ? CRC_POLYNOMIAL : 0)
  }
  return ~checksum >>> 0
}

/** Its bits from the lowest on. */
const CRC_POLYNOMIAL = 0xedb88320

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}
