/** Transactions, so that blocks change the state and a client that skipped one would be found out. */
import { createCustomCommon, Hardfork, Mainnet } from '@ethereumjs/common'
import { createFeeMarket1559Tx } from '@ethereumjs/tx'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { jsonRpc } from './json-rpc.ts'

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
  const chainId = Number(await jsonRpc(rpcUrl, 'eth_chainId', []))
  const common = createCustomCommon({ chainId }, Mainnet, { hardfork: Hardfork.Shanghai })
  const first = Number(await jsonRpc(rpcUrl, 'eth_getTransactionCount', [SENDER, 'latest']))
  for (let nonce = first; nonce < first + count; nonce++) {
    const transaction = createFeeMarket1559Tx(
      { chainId, nonce, to: RECIPIENT, value: 1n, gasLimit: TRANSFER_GAS, maxFeePerGas: FEE, maxPriorityFeePerGas: 1n },
      { common },
    )
    await jsonRpc(rpcUrl, 'eth_sendRawTransaction', [bytesToHex(transaction.sign(KEY).serialize())])
  }
}
