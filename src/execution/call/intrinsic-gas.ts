/** Gas that a message costs before anything of it runs: EthereumJS's, as for the transactions of blocks. */
import { createAccessList2930Tx, createEOACode7702Tx, createLegacyTx, getCalldataFloorGas } from '@ethereumjs/tx'
import type { Common } from '@ethereumjs/common'
import { Address, bytesToHex, type EOACode7702AuthorizationListItem } from '@ethereumjs/util'
import { wordToAddress } from '../words.ts'
import type { Message } from './transaction-call.ts'

export interface IntrinsicGas {
  readonly gas: bigint
  /** EIP-7623: what is paid at least; zero before. */
  readonly floor: bigint
  /** EIP-7825, where it bounds computing apart from growth of the state (EIP-8037). */
  readonly computingLimit: bigint | undefined
}

export function intrinsicGas(message: Message, common: Common): IntrinsicGas {
  const tx = likeTransaction(message, common)
  const from = new Address(wordToAddress(message.from))
  tx.getSenderAddress = () => from
  return {
    gas: tx.getIntrinsicGas(),
    floor: getCalldataFloorGas(tx, from),
    computingLimit: common.isActivatedEIP(8037) ? tx.common.param('maxTransactionGasLimit') : undefined,
  }
}

/** Of the message only what its price depends on. */
function likeTransaction({ to, value, data, accessList, authorizations }: Message, common: Common) {
  // `common` has the parameters of transactions already: a transaction would put its own copy of all of them over these.
  const options = { common, params: {}, freeze: false, allowUnlimitedInitCodeSize: true }
  const fields = { ...(to !== undefined && { to: new Address(wordToAddress(to)) }), value, data }
  if (!common.isActivatedEIP(2930)) return createLegacyTx(fields, options)
  const listed = {
    ...fields,
    accessList: (accessList ?? []).map(({ address, slots }) => ({
      address: bytesToHex(address),
      storageKeys: slots.map((slot) => bytesToHex(slot)),
    })),
  }
  if (authorizations === undefined || authorizations.length === 0 || !common.isActivatedEIP(7702))
    return createAccessList2930Tx(listed, options)
  return createEOACode7702Tx({ ...listed, authorizationList: authorizations.map(() => ANY_AUTHORIZATION) }, options)
}

/** They all cost the same, valid or not. */
const ANY_AUTHORIZATION: EOACode7702AuthorizationListItem = {
  chainId: '0x01',
  address: `0x${'00'.repeat(20)}`,
  nonce: '0x01',
  yParity: '0x01',
  r: '0x01',
  s: '0x01',
}
