/** Blocks and headers as the execution API shows them. */
import { RLP } from '@ethereumjs/rlp'
import type { Hash } from '../../../chain/bytes.ts'
import { data, quantity, quantityOf } from '../hex.ts'
import type { JsonObject } from '../json.ts'
import type { DecodedBlock } from './decoded-block.ts'
import type { Header } from './header.ts'
import { decodeHeader, headerJson } from './header.ts'
import { bytesOf, decodeList } from './rlp-items.ts'
import { transactionJson } from './transaction-json.ts'

/** @throws {MalformedObjectError} */
export function blockJson(decoded: DecodedBlock, transactions: 'hashes' | 'whole'): JsonObject {
  const { block, header, uncles, withdrawals } = decoded
  return {
    ...headWithHash(block.hash, header),
    size: quantity(block.rlp.length),
    transactions: decoded.transactions.map(({ hash }, index) =>
      transactions === 'hashes' ? data(hash) : transactionJson(decoded, index),
    ),
    uncles: uncles.map(({ hash }) => data(hash)),
    // Not before Shanghai.
    ...(withdrawals !== undefined && { withdrawals: withdrawals.map(withdrawalJson) }),
  }
}

/** As geth shows one: a block of nothing but its header. Null where the block has fewer. @throws {MalformedObjectError} */
export function uncleJson({ uncles }: DecodedBlock, index: number): JsonObject | null {
  const uncle = uncles[index]
  if (uncle === undefined) return null
  const header = decodeHeader(uncle.rlp)
  const size = RLP.encode([RLP.decode(uncle.rlp), [], []]).length
  return { ...headWithHash(uncle.hash, header), size: quantity(size), uncles: [] }
}

/** As `eth_subscribe` gives new heads. @throws {MalformedObjectError} */
export const headWithHash = (hash: Hash, header: Header): JsonObject => ({ hash: data(hash), ...headerJson(header) })

/** EIP-4895; the amount is in gwei. */
function withdrawalJson(rlp: Uint8Array): JsonObject {
  const [index, validatorIndex, address, amount] = decodeList(rlp, 'a withdrawal')
  return {
    index: quantityOf(bytesOf(index, 'index of a withdrawal')),
    validatorIndex: quantityOf(bytesOf(validatorIndex, 'validatorIndex of a withdrawal')),
    address: data(bytesOf(address, 'address of a withdrawal', 20)),
    amount: quantityOf(bytesOf(amount, 'amount of a withdrawal')),
  }
}
