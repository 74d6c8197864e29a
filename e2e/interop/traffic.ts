/** Transactions, so that blocks change the state and a client that skipped one would be found out. */
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { createFeeMarket1559Tx, type FeeMarketEIP1559TxData } from '@ethereumjs/tx'
import { bytesToHex, createContractAddress, createAddressFromString, hexToBytes } from '@ethereumjs/util'
import { jsonRpc } from './json-rpc.ts'
import { INCLUSION_LIMIT_MS } from './limits.ts'
import { until } from './waiting.ts'

/** The first account of the genesis; its key is in the documentation of every development chain. */
const KEY = hexToBytes('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const SENDER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const RECIPIENT = '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc'

/** Gas of a transfer (yellow paper, appendix G). */
const TRANSFER_GAS = 21_000n

/** Wei per gas: above any base fee that empty blocks lead to. */
const FEE = 2_000_000_000n

/** Sends transfers that follow each other, for the next blocks. */
export async function sendTransfers(rpcUrl: string, count: number): Promise<void> {
  const first = await nonceOf(rpcUrl)
  for (let nonce = first; nonce < first + count; nonce++) {
    await send(rpcUrl, { nonce, to: RECIPIENT, value: 1n, gasLimit: TRANSFER_GAS })
  }
}

/**
 * Code that stores its second word of data under its first: PUSH1 32 CALLDATALOAD PUSH0 CALLDATALOAD SSTORE STOP; before
 * it what puts it into memory and returns it.
 */
const STORE_CODE = '0x666020355f3555005f5260076019f3'

/** More than storing a word takes, or making that contract. */
const STORE_GAS = 200_000n

/** In slots of the contract; then all but the first are cleared, so that the trie of its storage grows and collapses. */
const STORED_SLOTS = 6

/** A contract, and calls that fill and clear its storage, each in a block of its own; resolves when all have happened. */
export async function sendStorageCalls(rpcUrl: string, signal: AbortSignal): Promise<void> {
  const first = await nonceOf(rpcUrl)
  const contract = createContractAddress(createAddressFromString(SENDER), BigInt(first)).toString()
  const slots = Array.from({ length: STORED_SLOTS }, (_, slot) => slot)
  const calls = [...slots.map((slot) => [slot, slot + 1]), ...slots.slice(1).map((slot) => [slot, 0])]
  await sendAndWait(rpcUrl, { nonce: first, data: STORE_CODE, gasLimit: STORE_GAS }, signal)
  for (const [index, words] of calls.entries()) {
    const data = `0x${words.map((word) => word.toString(16).padStart(64, '0')).join('')}` as const
    await sendAndWait(rpcUrl, { nonce: first + 1 + index, to: contract, data, gasLimit: STORE_GAS }, signal)
  }
}

/** Of transactions that are in blocks. */
async function nonceOf(rpcUrl: string): Promise<number> {
  return Number(await jsonRpc(rpcUrl, 'eth_getTransactionCount', [SENDER, 'latest']))
}

type Sent = FeeMarketEIP1559TxData & { readonly nonce: number }

async function send(rpcUrl: string, transaction: Sent): Promise<void> {
  const chainId = Number(await jsonRpc(rpcUrl, 'eth_chainId', []))
  const common = createCustomCommon({ chainId }, Mainnet, { hardfork: Hardfork.Shanghai })
  const fees = { maxFeePerGas: FEE, maxPriorityFeePerGas: 1n }
  const signed = createFeeMarket1559Tx({ ...transaction, chainId, ...fees }, { common }).sign(KEY)
  await jsonRpc(rpcUrl, 'eth_sendRawTransaction', [bytesToHex(signed.serialize())])
}

async function sendAndWait(rpcUrl: string, transaction: Sent, signal: AbortSignal): Promise<void> {
  await send(rpcUrl, transaction)
  await until(`transaction ${transaction.nonce} is in a block`, INCLUSION_LIMIT_MS, signal, async () =>
    (await nonceOf(rpcUrl)) > transaction.nonce ? true : undefined,
  )
}
