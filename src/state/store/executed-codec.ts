/** What a block's execution came to, as bytes: its receipts and its write set. */
import { bigIntToUnpaddedBytes, bytesToBigInt, bytesToUnprefixedHex, unprefixedHexToBytes } from '@ethereumjs/util'
import { asHash } from '../../chain/bytes.ts'
import { rlpBytes, rlpList, type RlpItem } from '../rlp-items.ts'
import type { AccountWrite, StateWrites } from '../state-writes.ts'
import type { ExecutedBlock } from './store.ts'

const ADDRESS_LENGTH = 20
const WORD_LENGTH = 32
const KEPT = Uint8Array.of()
const CLEARED = Uint8Array.of(1)

/** An RLP list: `[receipts, accounts?, codes?]`; the latter two are missing where the write set is. */
export function encodeExecuted({ receipts, writes }: ExecutedBlock): RlpItem[] {
  if (writes === undefined) return [[...receipts]]
  const accounts = Array.from(writes.accounts, ([address, write]) => encodeAccount(address, write))
  const codes = Array.from(writes.codes, ([hash, code]): RlpItem => [unprefixedHexToBytes(hash), code])
  return [[...receipts], accounts, codes]
}

/** @throws {RlpError}, {RangeError} for a list that {@link encodeExecuted} does not make */
export function decodeExecuted(items: readonly RlpItem[]): ExecutedBlock {
  const [receipts, accounts, codes, ...more] = items
  if (more.length > 0) throw new RangeError('too many parts')
  const decoded = rlpList(receipts).map(rlpBytes)
  if (accounts === undefined) return { receipts: decoded, writes: undefined }
  const writes: StateWrites = {
    accounts: new Map(rlpList(accounts).map((item) => decodeAccount(rlpList(item)))),
    codes: new Map(
      rlpList(codes).map((item) => {
        const [hash, code] = rlpList(item)
        return [key(hash, WORD_LENGTH), rlpBytes(code)]
      }),
    ),
  }
  return { receipts: decoded, writes }
}

/** `[address]` is gone; `[address, nonce, balance, code hash, kind of storage, slots]` is there. */
function encodeAccount(address: string, write: AccountWrite): RlpItem {
  const name = unprefixedHexToBytes(address)
  if (write.kind === 'deleted') return [name]
  const { nonce, balance, codeHash, storage } = write
  const slots = Array.from(storage.slots, ([slot, value]): RlpItem => [unprefixedHexToBytes(slot), value])
  const kind = storage.kind === 'kept' ? KEPT : CLEARED
  return [name, bigIntToUnpaddedBytes(nonce), bigIntToUnpaddedBytes(balance), codeHash, kind, slots]
}

function decodeAccount([name, nonce, balance, codeHash, kind, slots]: readonly RlpItem[]): [string, AccountWrite] {
  const address = key(name, ADDRESS_LENGTH)
  if (nonce === undefined) return [address, { kind: 'deleted' }]
  const values = rlpList(slots).map((item): [string, Uint8Array] => {
    const [slot, value] = rlpList(item)
    return [key(slot, WORD_LENGTH), rlpBytes(value)]
  })
  return [
    address,
    {
      kind: 'updated',
      nonce: bytesToBigInt(rlpBytes(nonce)),
      balance: bytesToBigInt(rlpBytes(balance)),
      codeHash: asHash(rlpBytes(codeHash)),
      storage: { kind: rlpBytes(kind).length === 0 ? 'kept' : 'cleared', slots: new Map(values) },
    },
  ]
}

function key(item: RlpItem | undefined, length: number): string {
  const name = rlpBytes(item)
  if (name.length !== length) throw new RangeError(`expected ${length} bytes`)
  return bytesToUnprefixedHex(name)
}
