/** viem 2: a public client for reads, a wallet client for what a key of the page's own signs, both over `custom(provider)`. */
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  custom,
  defineChain,
  getContract,
  InsufficientFundsError,
  keccak256,
  NonceTooLowError,
  parseEther,
  parseGwei,
  zeroAddress,
  type PublicClient,
  type Transaction,
} from 'viem'
import { nonceManager, privateKeyToAccount } from 'viem/accounts'
import { mainnet } from 'viem/chains'
import { expect } from 'vitest'
import { NAME, NAMED, PRETENDER, tokenAbi } from './contracts/well-known.ts'
import { NO_RECEIVER, TOKEN_CODE, TOKEN_SYMBOL } from './contracts/token.ts'
import type { LibraryTests } from './suite.ts'
import type { World } from './world.ts'

/** ms; a slot is two seconds. */
const POLLING_MS = 500

export const chainOf = ({ chainId, contracts }: World) =>
  defineChain({
    id: chainId,
    name: 'devnet',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [] } },
    contracts: {
      multicall3: { address: contracts.multicall3 },
      ensUniversalResolver: { address: contracts.universalResolver },
    },
  })

/**
 * viem's own retries are for servers that fail for a moment, which the node sees to. Over `custom` they repeat every error whose
 * code viem has no class for, a revert's too: three times, in a second.
 */
const transport = ({ provider }: World) => custom(provider, { retryCount: 0 })

export const viemTests: LibraryTests = (given, { beforeAll, test }) => {
  let world: World
  let client: PublicClient
  let token: { readonly address: `0x${string}`; readonly abi: typeof tokenAbi }
  beforeAll(() => {
    world = given()
    client = createPublicClient({
      chain: chainOf(world),
      transport: transport(world),
      pollingInterval: POLLING_MS,
    })
    token = { address: world.contracts.token, abi: tokenAbi }
  })

  test('reads blocks, transactions and accounts', async () => {
    expect(await client.getChainId()).toBe(world.chainId)
    const number = await client.getBlockNumber({ cacheTime: 0 })
    const block = await client.getBlock({ blockNumber: number, includeTransactions: true })
    expect(block).toMatchObject({ number, parentHash: (await client.getBlock({ blockNumber: number - 1n })).hash })
    const [first] = block.transactions as Transaction[]
    expect(await client.getTransaction({ hash: first!.hash })).toMatchObject({
      blockHash: block.hash,
      from: first!.from,
    })
    expect(await client.getTransactionReceipt({ hash: first!.hash })).toMatchObject({
      transactionIndex: 0,
      to: first!.to,
    })
    expect(await client.getBlockTransactionCount({ blockHash: block.hash })).toBe(block.transactions.length)

    expect(await client.getBalance({ address: world.account('viem').address })).toBeGreaterThanOrEqual(
      parseEther('100'),
    )
    expect(await client.getTransactionCount({ address: NAMED })).toBe(0)
    expect(keccak256((await client.getCode(token))!)).toBe(keccak256(TOKEN_CODE))
    expect(await client.getStorageAt({ address: token.address, slot: '0x2' })).toMatch(/^0x[0-9a-f]{64}$/)
  })

  test('calls contracts, one by one and in a multicall', async () => {
    const contract = getContract({ ...token, client })
    expect(await contract.read.symbol()).toBe(TOKEN_SYMBOL)
    expect(await contract.read.balanceOf([NAMED])).toBe(0n)
    const poor = [NAMED, parseEther('1')] as const
    const results = await client.multicall({
      contracts: [
        { ...token, functionName: 'symbol' },
        { ...token, functionName: 'decimals' },
        { ...token, functionName: 'transfer', args: poor },
      ],
    })
    expect(results.map(({ result }) => result)).toEqual([TOKEN_SYMBOL, 18, undefined])
    expect(revertOf(results[2].error)).toMatchObject({ errorName: 'ERC20InsufficientBalance' })
    const deployless = await client.multicall({
      contracts: [{ ...token, functionName: 'symbol' }],
      ...{ allowFailure: false, deployless: true },
    })
    expect(deployless).toEqual([TOKEN_SYMBOL])
  })

  test('decodes what contracts revert with', async () => {
    const account = world.account('viem').address
    const transfer = { ...token, functionName: 'transfer', account } as const
    const poor = await rejection(client.simulateContract({ ...transfer, args: [NAMED, 5n] }))
    expect(revertOf(poor)).toEqual({ errorName: 'ERC20InsufficientBalance', args: [account, 0n, 5n] })
    const nobody = client.simulateContract({ ...transfer, args: [zeroAddress, 5n] })
    expect(revertOf(await rejection(nobody))).toMatchObject({ errorName: 'Error', args: [NO_RECEIVER] })
    const asked: unknown[] = []
    const counting = { request: (args: never) => (asked.push(args), world.provider.request(args)) }
    const counted = createPublicClient({ chain: chainOf(world), transport: custom(counting, { retryCount: 0 }) })
    await rejection(counted.simulateContract({ ...transfer, args: [NAMED, 5n] }))
    expect(asked).toHaveLength(1)
    const gas = await rejection(client.estimateContractGas({ ...transfer, args: [NAMED, 5n] }))
    expect(revertOf(gas)).toMatchObject({ errorName: 'ERC20InsufficientBalance' })
  })

  test('resolves names, and addresses whose name says so too', async () => {
    expect(await client.getEnsAddress({ name: NAME })).toBe(NAMED)
    expect(await client.getEnsAddress({ name: 'nobody.eth' })).toBeNull()
    expect(await client.getEnsName({ address: NAMED })).toBe(NAME)
    expect(await client.getEnsName({ address: PRETENDER })).toBeNull()
    expect(await client.getEnsResolver({ name: NAME })).toBe(world.contracts.resolver)
  })

  test('sends what it signs, sees it in blocks and by its events, and waits for the receipt', async () => {
    // What waits in pools is nobody's to prove: `pending` counts what is in blocks. A nonce manager counts what was sent here.
    const account = privateKeyToAccount(world.account('viem').privateKey, { nonceManager })
    const wallet = createWalletClient({ account, chain: chainOf(world), transport: transport(world) })
    const [blocks, events] = [[] as bigint[], [] as unknown[]]
    const unwatch = [
      client.watchBlocks({ onBlock: ({ number }) => void blocks.push(number) }),
      client.watchContractEvent({
        ...token,
        eventName: 'Transfer',
        // Others mint for themselves.
        args: { to: [account.address, NAMED] },
        onLogs: (logs) => void events.push(...logs.map(({ args }) => args)),
      }),
    ]
    const mint = (amount: bigint) =>
      wallet.writeContract({ ...token, functionName: 'mint', args: [account.address, amount] })
    const hashes = await Promise.all([mint(600n), mint(400n)])
    const receipts = await Promise.all(hashes.map((hash) => client.waitForTransactionReceipt({ hash })))
    expect(receipts.map(({ status }) => status)).toEqual(['success', 'success'])
    const { request, result } = await client.simulateContract({
      ...{ ...token, account, functionName: 'transfer', args: [NAMED, 400n] },
    })
    expect(result).toBe(true)
    const sent = await client.waitForTransactionReceipt({ hash: await wallet.writeContract(request), confirmations: 2 })
    for (const stop of unwatch) stop()

    const minted = { from: zeroAddress, to: account.address }
    const transfer = { from: account.address, to: NAMED, amount: 400n }
    expect(events.slice(0, 2)).toEqual(expect.arrayContaining([600n, 400n].map((amount) => ({ ...minted, amount }))))
    expect(events.slice(2)).toEqual([transfer])
    expect(blocks).toContain(sent.blockNumber)
    const range = { fromBlock: receipts[0]!.blockNumber, toBlock: sent.blockNumber }
    const logs = await client.getContractEvents({ ...token, eventName: 'Transfer', args: { to: NAMED }, ...range })
    expect(logs.map(({ args, transactionHash }) => [args, transactionHash])).toEqual([[transfer, sent.transactionHash]])
    expect(await client.readContract({ ...token, functionName: 'balanceOf', args: [NAMED] })).toBe(400n)
    const before = { blockNumber: sent.blockNumber - 1n }
    expect(await client.readContract({ ...token, functionName: 'balanceOf', args: [NAMED], ...before })).toBe(0n)
  })

  test('names why a transaction is refused', async () => {
    const wallet = createWalletClient({
      ...{ account: world.account('viem'), chain: chainOf(world), transport: transport(world) },
    })
    const fees = { gas: 21_000n, maxFeePerGas: parseGwei('100'), maxPriorityFeePerGas: parseGwei('1') }
    const transfer = { to: NAMED, ...fees }
    const poor = await rejection(wallet.sendTransaction({ ...transfer, value: parseEther('1000000'), nonce: 100 }))
    expect((poor as BaseError).walk((cause) => cause instanceof InsufficientFundsError)).not.toBeNull()
    const late = await rejection(wallet.sendTransaction({ ...transfer, nonce: 0 }))
    expect((late as BaseError).walk((cause) => cause instanceof NonceTooLowError)).not.toBeNull()
  })

  test('estimates gas and fees', async () => {
    const { address } = world.account('viem')
    expect(await client.estimateGas({ account: address, to: NAMED, value: 1n })).toBe(21_000n)
    const { baseFeePerGas } = await client.getBlock()
    const fees = await client.estimateFeesPerGas()
    expect(fees.maxFeePerGas).toBeGreaterThan(baseFeePerGas!)
    expect(await client.getGasPrice()).toBeGreaterThanOrEqual(baseFeePerGas!)
    const history = await client.getFeeHistory({ blockCount: 4, rewardPercentiles: [10, 90] })
    expect(history.baseFeePerGas).toHaveLength(5)
    expect(history.reward).toHaveLength(4)
  })

  test('gives a call up when it is told to', async () => {
    const signal = AbortSignal.timeout(0)
    const call = client.call({ to: token.address, data: '0x95d89b41', requestOptions: { signal } })
    await expect(call).rejects.toThrow(/aborted|timed out/)
  })

  test('waits for a receipt as long as it is told to', async () => {
    const hash = keccak256('0x01')
    await expect(client.getTransactionReceipt({ hash })).rejects.toMatchObject({
      name: 'TransactionReceiptNotFoundError',
    })
    await expect(client.waitForTransactionReceipt({ hash, timeout: 1_000 })).rejects.toMatchObject({
      name: 'WaitForTransactionReceiptTimeoutError',
    })
  })

  test('is told that there is one chain, and no account', async () => {
    const wallet = createWalletClient({ chain: chainOf(world), transport: transport(world) })
    expect(await wallet.getAddresses()).toEqual([])
    await expect(wallet.requestAddresses()).rejects.toMatchObject({ code: 4100 })
    await wallet.switchChain({ id: world.chainId })
    await expect(wallet.switchChain({ id: mainnet.id })).rejects.toMatchObject({ name: 'SwitchChainError', code: 4902 })
    await expect(wallet.addChain({ chain: mainnet })).rejects.toMatchObject({ code: 4200 })
  })
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (result) => expect.fail(`it resolved: ${String(result)}`),
    (error: unknown) => error,
  )
}

/** The error that the contract's ABI, or Solidity, has a name for. */
function revertOf(error: unknown): unknown {
  expect(error).toBeInstanceOf(BaseError)
  const revert = (error as BaseError).walk((cause) => cause instanceof ContractFunctionRevertedError)
  const { errorName, args } = (revert as ContractFunctionRevertedError).data!
  return { errorName, args }
}
