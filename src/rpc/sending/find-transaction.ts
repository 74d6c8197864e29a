/** Where a transaction is, by its hash: in a block that proves it, or in none yet. */
import type { Hash } from '../../chain/bytes.ts'
import { messageOf } from '../../chain/thrown.ts'
import { decodeTransaction, type Transaction } from '../../network/json-rpc/objects/transaction.ts'
import type { PlacedTransaction } from '../block-reader.ts'
import type { RpcContext } from '../method.ts'

export type FoundTransaction =
  | { readonly kind: 'placed'; readonly place: PlacedTransaction }
  /** Its bytes have the hash; its sender's nonce proves that it is in no block up to the one in the evidence. */
  | { readonly kind: 'pending'; readonly transaction: Transaction }
  /** The evidence says why, and whether that is proven. */
  | { readonly kind: 'nowhere' }

const NOWHERE: FoundTransaction = { kind: 'nowhere' }

/** @throws what the chain's view throws */
export async function findTransaction(hash: Hash, context: RpcContext): Promise<FoundTransaction> {
  return (await findSent(hash, context)) ?? (await findPlaced(hash, context)) ?? (await findWaiting(hash, context))
}

/** One that was sent from here: nobody is asked where it is. Undefined where that does not tell. */
async function findSent(hash: Hash, { sent, blocks, ask }: RpcContext): Promise<FoundTransaction | undefined> {
  const own = await sent.find(hash, ask)
  switch (own?.fate.kind) {
    case undefined:
    case 'unknown':
      return undefined
    case 'pending':
      ask.evidence.remark('it was sent from here, and is in no block yet')
      return { kind: 'pending', transaction: own.transaction }
    case 'included': {
      const place = await blocks.placeIn(own.fate.at, hash, ask)
      return place && { kind: 'placed', place }
    }
    case 'replaced':
      ask.evidence.remark('it was sent from here, and another transaction with its nonce is in a block')
      return NOWHERE
  }
}

async function findPlaced(hash: Hash, { blocks, ask }: RpcContext): Promise<FoundTransaction | undefined> {
  const place = await blocks.seek(hash, ask)
  return place && { kind: 'placed', place }
}

/** Servers give its bytes; that no block has it follows from its sender's nonce, or is nobody's to prove. */
async function findWaiting(hash: Hash, { view, blocks, crypto, ask }: RpcContext): Promise<FoundTransaction> {
  const encoded = await view.rawTransaction(hash, ask)
  const transaction = encoded && decodeTransaction(encoded, crypto)
  if (transaction === undefined) return unproven('that no block has it is what servers say: nobody can prove it', ask)
  let sender
  try {
    sender = transaction.sender()
  } catch (error) {
    return unproven(`it can be in no block: ${messageOf(error)}`, ask)
  }
  const head = await blocks.header({ kind: 'tag', tag: 'latest' }, ask)
  const account = await view.state(head).account(sender, ask)
  if ((account?.nonce ?? 0n) > transaction.nonce)
    return unproven('its nonce is used up: servers do not say in which block it is, if it is in any', ask)
  ask.evidence.remark('it is in no block yet; that it waits to be in one is what a server says')
  return { kind: 'pending', transaction }
}

function unproven(why: string, { evidence }: RpcContext['ask']): FoundTransaction {
  evidence.weaken('unverified')
  evidence.remark(why)
  return NOWHERE
}

/** As a block has it. */
export function encodedOf(found: FoundTransaction): Uint8Array | undefined {
  switch (found.kind) {
    case 'placed':
      return found.place.block.transactions[found.place.index]!.encoded
    case 'pending':
      return found.transaction.encoded
    case 'nowhere':
      return undefined
  }
}

/** In a block, or nowhere: servers are not asked for the bytes of one that waits. @throws what the chain's view throws */
export async function placeOf(hash: Hash, context: RpcContext): Promise<PlacedTransaction | undefined> {
  const own = await findSent(hash, context)
  if (own === undefined) return context.blocks.locate(hash, context.ask)
  return own.kind === 'placed' ? own.place : undefined
}
