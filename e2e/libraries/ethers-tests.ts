/** ethers 6: `BrowserProvider` over the provider, with a network that says where ENS is. */
import {
  BrowserProvider,
  Contract,
  ContractFactory,
  EnsPlugin,
  isCallException,
  Network,
  NonceManager,
  parseEther,
  Wallet,
  ZeroAddress,
  type ContractTransactionReceipt,
  type ContractTransactionResponse,
  type TransactionReceipt,
} from 'ethers'
import { expect } from 'vitest'
import { bytesToHex, keccak256 } from 'viem'
import { initCode } from '../../server/devnet/execution/assembler.ts'
import type { RequestArguments } from '../../src/provider/public-types.ts'
import { NAME, NAMED, PRETENDER } from './contracts/well-known.ts'
import { NO_RECEIVER, TOKEN_ABI, TOKEN_CODE, TOKEN_SYMBOL } from './contracts/token.ts'
import type { LibraryTests } from './suite.ts'
import type { World } from './world.ts'

const MULTICALL3_ABI = [
  'function aggregate3((address target, bool allowFailure, bytes callData)[] calls) view returns ((bool success, bytes returnData)[])',
]
/** ms; a slot is two seconds. */
const POLLING_MS = 500

/** The networks that ethers knows have their own; this one has the registry and, as mainnet has it, a universal resolver. */
function networkOf({ chainId, contracts }: World): Network {
  const network = new Network('devnet', chainId)
  return network.attachPlugin(new EnsPlugin(contracts.registry, chainId, contracts.universalResolver))
}

export const ethersTests: LibraryTests = (given, { beforeAll, afterAll, test }) => {
  let world: World
  let provider: BrowserProvider
  let token: Contract
  beforeAll(() => {
    world = given()
    const network = networkOf(world)
    provider = new BrowserProvider(world.provider, network, { staticNetwork: network, pollingInterval: POLLING_MS })
    token = new Contract(world.contracts.token, TOKEN_ABI, provider)
  })
  afterAll(() => provider.destroy())

  test('finds the network by itself', async () => {
    const bare = new BrowserProvider(world.provider)
    expect((await bare.getNetwork()).chainId).toBe(BigInt(world.chainId))
    bare.destroy()
  })

  test('reads blocks, transactions and accounts', async () => {
    const number = await provider.getBlockNumber()
    const block = (await provider.getBlock(number, true))!
    expect(block).toMatchObject({ number, parentHash: (await provider.getBlock(number - 1))!.hash })
    const [first] = block.prefetchedTransactions
    expect(await provider.getTransaction(first!.hash)).toMatchObject({ blockHash: block.hash, from: first!.from })
    expect(await provider.getTransactionReceipt(first!.hash)).toMatchObject({ index: 0, to: first!.to })
    expect(await provider.getTransactionReceipt(`0x${'12'.repeat(32)}`)).toBeNull()

    const { address } = world.account('ethers')
    expect(await provider.getBalance(address)).toBeGreaterThanOrEqual(parseEther('100'))
    expect(await provider.getTransactionCount(NAMED)).toBe(0)
    expect(keccak256((await provider.getCode(token.target)) as `0x${string}`)).toBe(keccak256(TOKEN_CODE))
    expect(await provider.getStorage(token.target, 2)).toMatch(/^0x[0-9a-f]{64}$/)
  })

  test('calls contracts, one by one and in a multicall', async () => {
    expect(await read(token, 'symbol')).toBe(TOKEN_SYMBOL)
    expect(await read(token, 'decimals')).toBe(18n)
    const multicall = new Contract(world.contracts.multicall3, MULTICALL3_ABI, provider)
    const calls = [
      ['symbol', []],
      ['transfer', [NAMED, parseEther('1')]],
    ] as const
    const results = (await read(
      multicall,
      'aggregate3',
      calls.map(([name, args]) => [token.target, true, token.interface.encodeFunctionData(name, args)]),
    )) as { readonly success: boolean; readonly returnData: string }[]
    const [symbol, transfer] = results
    expect(token.interface.decodeFunctionResult('symbol', symbol!.returnData)[0]).toBe(TOKEN_SYMBOL)
    expect(transfer!.success).toBe(false)
    expect(token.interface.parseError(transfer!.returnData)?.name).toBe('ERC20InsufficientBalance')
  })

  test('decodes what contracts revert with', async () => {
    const wallet = new Wallet(privateKey(world), provider)
    const mine = token.connect(wallet) as Contract
    const transfer = mine.getFunction('transfer')
    const poor = await callException(transfer.staticCall(NAMED, 5n))
    expect(poor.revert).toMatchObject({ name: 'ERC20InsufficientBalance', args: [wallet.address, 0n, 5n] })
    const nobody = await callException(transfer.staticCall(ZeroAddress, 5n))
    expect(nobody.reason).toBe(NO_RECEIVER)
    // ethers decodes what calls revert with, and leaves the data of estimates to the dapp.
    const { data } = await callException(transfer.estimateGas(NAMED, 5n))
    expect(token.interface.parseError(data!)?.name).toBe('ERC20InsufficientBalance')
  })

  test('resolves names, and addresses whose name says so too', async () => {
    expect(await provider.resolveName(NAME)).toBe(NAMED)
    expect(await provider.lookupAddress(NAMED)).toBe(NAME)
    expect(await provider.getBalance(NAME)).toBe(await provider.getBalance(NAMED))
  })

  test('resolves names by the registry alone, where no universal resolver is known', async () => {
    const network = new Network('devnet', world.chainId)
    network.attachPlugin(new EnsPlugin(world.contracts.registry, world.chainId))
    const plain = new BrowserProvider(world.provider, network)
    expect(await plain.resolveName(NAME)).toBe(NAMED)
    expect(await plain.resolveName('nobody.eth')).toBeNull()
    expect(await plain.lookupAddress(NAMED)).toBe(NAME)
    expect(await plain.lookupAddress(PRETENDER)).toBeNull()
    plain.destroy()
  })

  test('deploys, sends what it signs, and sees it in blocks and by its events', async () => {
    // What waits in pools is nobody's to prove: `pending` counts what is in blocks. A nonce manager counts what was sent here.
    const wallet = new NonceManager(new Wallet(privateKey(world), provider))
    const address = await wallet.getAddress()
    const blocks: number[] = []
    await provider.on('block', (number: number) => void blocks.push(number))
    const factory = new ContractFactory(TOKEN_ABI, bytesToHex(initCode(TOKEN_CODE)), wallet)
    const own = (await (await factory.deploy()).waitForDeployment()) as Contract
    const events: unknown[] = []
    const allSeen = new Promise<void>((resolve, reject) => {
      own
        .on('Transfer', (from: string, to: string, amount: bigint) => {
          if (events.push([from, to, amount]) === 3) resolve()
        })
        .catch(reject)
    })
    const [minted] = await Promise.all(
      [600n, 400n].map(async (amount) => mined(await write(own, 'mint', address, amount))),
    )
    expect(minted).toMatchObject({ status: 1, from: address })
    const moved = await mined(await write(own, 'transfer', NAMED, 400n))
    await allSeen
    await Promise.all([own.removeAllListeners(), provider.removeAllListeners()])

    expect(events.slice(0, 2)).toEqual(
      expect.arrayContaining([600n, 400n].map((amount) => [ZeroAddress, address, amount])),
    )
    expect(events.slice(2)).toEqual([[address, NAMED, 400n]])
    expect(blocks).toContain(moved.blockNumber)
    const found = await own.queryFilter(own.filters['Transfer']!(null, NAMED), minted!.blockNumber, moved.blockNumber)
    expect(found.map(({ transactionHash }) => transactionHash)).toEqual([moved.hash])
    expect(await read(own, 'balanceOf', NAMED)).toBe(400n)
  })

  test('names why a transaction is refused', async () => {
    const wallet = new Wallet(privateKey(world), provider)
    const transfer = { to: NAMED, gasLimit: 21_000n }
    const poor = wallet.sendTransaction({ ...transfer, value: parseEther('1000000'), nonce: 100 })
    await expect(poor).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' })
    await expect(wallet.sendTransaction({ ...transfer, nonce: 0 })).rejects.toMatchObject({ code: 'NONCE_EXPIRED' })
  })

  test('estimates gas and fees', async () => {
    const { address } = world.account('ethers')
    expect(await provider.estimateGas({ from: address, to: NAMED, value: 1n })).toBe(21_000n)
    const { baseFeePerGas } = (await provider.getBlock('latest'))!
    const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = await provider.getFeeData()
    expect(gasPrice).toBeGreaterThanOrEqual(baseFeePerGas!)
    expect(maxFeePerGas).toBeGreaterThan(maxPriorityFeePerGas!)
  })

  test('gives up what it is told to, and waits for a receipt as long as it is told to', async () => {
    const abort = new AbortController()
    const request = (args: RequestArguments) => world.provider.request(args, abort)
    const limited = new BrowserProvider({ request }, networkOf(world))
    abort.abort()
    await expect(limited.getBalance(NAMED)).rejects.toMatchObject({ error: { code: -32051 } })
    limited.destroy()
    await expect(provider.waitForTransaction(keccak256('0x01'), 1, 1_000)).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  test('is told that there is one chain', async () => {
    const switchTo = (chainId: number) =>
      provider.send('wallet_switchEthereumChain', [{ chainId: `0x${chainId.toString(16)}` }])
    expect(await switchTo(world.chainId)).toBeNull()
    await expect(switchTo(1)).rejects.toMatchObject({ error: { code: 4902 } })
  })

  test('has no signer where the provider has none', async () => {
    expect(await provider.listAccounts()).toEqual([])
    await expect(provider.getSigner()).rejects.toMatchObject({ error: { code: 4100 } })
  })
}

const privateKey = (world: World): string => world.account('ethers').privateKey

const read = (contract: Contract, name: string, ...args: unknown[]): Promise<unknown> =>
  contract.getFunction(name).staticCall(...args)

const write = (contract: Contract, name: string, ...args: unknown[]): Promise<ContractTransactionResponse> =>
  contract.getFunction(name).send(...args)

async function mined(sent: ContractTransactionResponse): Promise<ContractTransactionReceipt | TransactionReceipt> {
  return (await sent.wait())!
}

async function callException(promise: Promise<unknown>) {
  const error: unknown = await promise.then(
    (result) => expect.fail(`it resolved: ${String(result)}`),
    (thrown: unknown) => thrown,
  )
  if (!isCallException(error)) throw error
  return error
}
