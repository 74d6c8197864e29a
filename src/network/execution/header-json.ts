/** Execution headers from the JSON of `eth_getBlockByHash` (execution-apis) back to the RLP that the block hash is of. */
import { RLP } from '@ethereumjs/rlp'
import { hexToBytes } from '@ethereumjs/util'
import type { Hex } from '../../chain/bytes.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'

/** Bytes a field has; a quantity is a number, which RLP has without leading zeros. */
type Form = { readonly bytes: number } | { readonly atMost: number } | 'quantity'

interface HeaderField {
  /** What it is called; where clients differ, also the older name. */
  readonly names: readonly string[]
  readonly form: Form
}

const field = (form: Form, ...names: readonly string[]): HeaderField => ({ names, form })
const hash: Form = { bytes: 32 }

/** More than the signers in the extra data of any clique network. */
const MAX_EXTRA_DATA = 8_192

/** In the order of the header's RLP (yellow paper 4.3). */
const FIELDS: readonly HeaderField[] = [
  field(hash, 'parentHash'),
  field(hash, 'sha3Uncles'),
  field({ bytes: 20 }, 'miner'),
  field(hash, 'stateRoot'),
  field(hash, 'transactionsRoot'),
  field(hash, 'receiptsRoot'),
  field({ bytes: 256 }, 'logsBloom'),
  field('quantity', 'difficulty'),
  field('quantity', 'number'),
  field('quantity', 'gasLimit'),
  field('quantity', 'gasUsed'),
  field('quantity', 'timestamp'),
  field({ atMost: MAX_EXTRA_DATA }, 'extraData'),
  field(hash, 'mixHash'),
  field({ bytes: 8 }, 'nonce'),
]

/** Appended by forks, each behind the one before: London, Shanghai, Cancun (three), Prague, Amsterdam (two). */
const LATER_FIELDS: readonly HeaderField[] = [
  field('quantity', 'baseFeePerGas'),
  field(hash, 'withdrawalsRoot'),
  field('quantity', 'blobGasUsed'),
  field('quantity', 'excessBlobGas'),
  field(hash, 'parentBeaconBlockRoot'),
  field(hash, 'requestsHash'),
  field(hash, 'blockAccessListHash', 'balHash'),
  field('quantity', 'slotNumber'),
]

/**
 * What is not under the hash (total difficulty, size, transactions) is not looked at. Whether the header is the one that
 * was asked for, its hash tells.
 * @throws {DecodeError} malformed
 */
export function headerRlpFromJson(json: unknown): Uint8Array {
  if (typeof json !== 'object' || json === null) throw malformed('execution header', 'no object')
  const block = json as Readonly<Record<string, unknown>>
  const firstMissing = LATER_FIELDS.findIndex((one) => given(block, one) === undefined)
  const later = firstMissing === -1 ? LATER_FIELDS : LATER_FIELDS.slice(0, firstMissing)
  return RLP.encode([...FIELDS, ...later].map((one) => read(given(block, one), one)))
}

/** Clients say null for what a block's fork does not have, or nothing. */
function given(block: Readonly<Record<string, unknown>>, { names }: HeaderField): unknown {
  return names.map((name) => block[name]).find((value) => value !== undefined && value !== null)
}

function read(value: unknown, { names, form }: HeaderField): Uint8Array {
  const what = `execution header: ${names[0]}`
  if (typeof value !== 'string' || !value.startsWith('0x')) throw malformed(what, `no hex, but ${typeof value}`)
  if (form === 'quantity') return quantity(value, what)
  const max = 'bytes' in form ? form.bytes : form.atMost
  const length = value.length / 2 - 1
  if ('bytes' in form ? length !== max : length > max || !Number.isInteger(length)) {
    throw malformed(what, `${length} bytes, expected ${'bytes' in form ? '' : 'at most '}${max}`)
  }
  return bytes(value as Hex, what)
}

/** Digits of 2^256. */
const MAX_DIGITS = 64

/** Leading zeros are against the specification, but say nothing else. */
function quantity(value: string, what: string): Uint8Array {
  const digits = value.slice(2).replace(/^0+/, '')
  if (value.length === 2 || digits.length > MAX_DIGITS) throw malformed(what, `"${value.slice(0, 20)}" is no quantity`)
  return bytes(`0x${digits.length % 2 === 0 ? '' : '0'}${digits}`, what)
}

function bytes(hex: Hex, what: string): Uint8Array {
  try {
    return hexToBytes(hex)
  } catch {
    throw malformed(what, `"${hex.slice(0, 20)}" is no hex`)
  }
}

const malformed = (what: string, detail: string) => new DecodeError('malformed', what, detail)
