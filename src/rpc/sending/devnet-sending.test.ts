/** A transaction on its way through the whole client, over a gateway that makes blocks of what it is sent. */
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { startDevnet } from '../../../server/devnet/start-devnet.ts'
import { startGateway } from '../../../server/gateway/start-gateway.ts'
import { DevnetAccounts } from '../../../server/devnet/execution/accounts.ts'
import { loadSigner } from '../../../server/devnet/execution/signer.ts'
import { createTx } from '@ethereumjs/tx'
import { bytesToHex } from '@ethereumjs/util'
import { startClient } from '../../client/client.ts'
import { nodePlatform } from '../../client/node-platform.ts'
import { commonAt } from '../../chain/execution-common.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { parseNetworkFile } from '../../chain/network.ts'

/** Workers take seconds to start on a busy machine, and a block comes every two. */
const LIMIT_MS = 120_000
const GWEI = 10n ** 9n

test('is sent, waits, and is in a block that proves it', { timeout: LIMIT_MS }, async () => {
  const devnet = await startDevnet({
    ...{ seed: 'sending', preset: 'minimal', accounts: 50, gas: 0 },
    ...{ agePeriods: 1, slotSeconds: 2 },
  })
  const gateway = await startGateway({ chain: devnet, log: pino({ level: 'silent' }) })
  const file = devnet.networkFile(gateway.url)
  const client = await startClient({ network: file, evmWorkers: 1 }, nodePlatform())
  try {
    await client.waitForHead()
    const { keccak, customCrypto } = await loadWasmCrypto()
    const signer = await loadSigner()
    const [sender] = new DevnetAccounts('sending', 50, keccak, signer).senders
    const network = parseNetworkFile(file)
    const common = commonAt(
      network,
      { number: 2 ** 31, timestamp: 2 ** 31, difficulty: 0n },
      { ...customCrypto, ecsign: signer.ecsign },
    )
    const { provider } = client
    const address = bytesToHex(sender!.address)
    const nonce = (await provider.request({
      method: 'eth_getTransactionCount',
      params: [address, 'latest'],
    })) as `0x${string}`
    const fees = { maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: GWEI }
    const raw = createTx(
      { type: 2, nonce, to: address, value: 1n, gasLimit: 21_000n, chainId: BigInt(network.chainId), ...fees },
      { common },
    )
      .sign(sender!.secret)
      .serialize()
    const hash = await provider.request({ method: 'eth_sendRawTransaction', params: [bytesToHex(raw)] })
    expect(hash).toBe(bytesToHex(keccak(raw)))
    const asked = { method: 'eth_getTransactionByHash', params: [hash as string] }
    const first = (await provider.request(asked)) as { readonly hash: string }
    expect(first.hash).toBe(hash)
    await provider.request({ method: 'eth_subscribe', params: ['newHeads'] })
    const receipt = { method: 'eth_getTransactionReceipt', params: [hash as string] }
    let received = await provider.request(receipt)
    while (received === null) {
      await new Promise<void>((resolve) => void provider.once('message', () => resolve()))
      received = await provider.request(receipt)
    }
    expect(received).toMatchObject({ status: '0x1' })
    const found = await provider.requestVerified(asked)
    expect(found.verification.level).toBe('proven')
    expect(found.result).toMatchObject({ hash, from: address, transactionIndex: '0x0' })
  } finally {
    await client.close()
    await gateway.close()
    await devnet.close()
  }
})
