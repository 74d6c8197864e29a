/** web3 4: `new Web3(provider)`; it is kept alive for those who use it, and no longer developed. */
import { ContractExecutionError, eth, Web3, type Contract } from 'web3'
import { expect } from 'vitest'
import { bytesToHex, keccak256, parseEther } from 'viem'
import { initCode } from '../../server/devnet/execution/assembler.ts'
import { NAME, NAMED, tokenAbi } from './contracts/well-known.ts'
import { NO_RECEIVER, TOKEN_CODE, TOKEN_SYMBOL } from './contracts/token.ts'
import type { LibraryTests } from './suite.ts'
import type { World } from './world.ts'

const NOBODY = '0x0000000000000000000000000000000000000000'

export const web3Tests: LibraryTests = (given, { beforeAll, test }) => {
  let world: World
  let web3: Web3
  let token: Contract<typeof tokenAbi>
  beforeAll(() => {
    world = given()
    web3 = connect(world)
    token = new web3.eth.Contract(tokenAbi, world.contracts.token)
  })

  test('reads blocks, transactions and accounts', async () => {
    expect(await web3.eth.getChainId()).toBe(BigInt(world.chainId))
    expect(await web3.eth.net.getId()).toBe(BigInt(world.chainId))
    expect(await web3.eth.isSyncing()).toBe(false)
    const number = await web3.eth.getBlockNumber()
    const block = await web3.eth.getBlock(number, true)
    expect(block).toMatchObject({ number, parentHash: (await web3.eth.getBlock(number - 1n)).hash })
    const [first] = block.transactions as { readonly hash: string; readonly from: string }[]
    expect(await web3.eth.getTransaction(first!.hash)).toMatchObject({ blockHash: block.hash, from: first!.from })
    expect(await web3.eth.getTransactionReceipt(first!.hash)).toMatchObject({ transactionIndex: 0n, from: first!.from })

    const { address } = world.account('web3')
    expect(await web3.eth.getBalance(address)).toBeGreaterThanOrEqual(parseEther('100'))
    expect(await web3.eth.getTransactionCount(NAMED)).toBe(0n)
    const code = await web3.eth.getCode(world.contracts.token)
    expect(keccak256(code as `0x${string}`)).toBe(keccak256(TOKEN_CODE))
    expect(await web3.eth.getStorageAt(world.contracts.token, 2)).toMatch(/^0x[0-9a-f]{64}$/)
  })

  test('calls contracts', async () => {
    expect(await token.methods.symbol!().call()).toBe(TOKEN_SYMBOL)
    expect(await token.methods.balanceOf!(world.contracts.registry).call()).toBe(0n)
  })

  test('asks in batches, over the calls of old', async () => {
    const batching = new Web3({ send: world.provider.sendAsync } as never)
    const batch = new batching.BatchRequest()
    const call = { to: world.contracts.token, data: token.methods.symbol!().encodeABI() }
    const asked = [
      batch.add({ method: 'eth_chainId' }),
      batch.add({ method: 'eth_call', params: [call, 'latest'] }),
      batch.add({ method: 'eth_nothing' }),
    ]
    const outcomes = Promise.allSettled(asked)
    await batch.execute({ timeout: 30_000 })
    const [chainId, symbol, nothing] = await outcomes
    expect(chainId).toMatchObject({ value: `0x${world.chainId.toString(16)}` })
    const decoded = web3.eth.abi.decodeParameter('string', (symbol as PromiseFulfilledResult<string>).value)
    expect(decoded).toBe(TOKEN_SYMBOL)
    expect(nothing).toMatchObject({ reason: { code: -32601 } })
  })

  test('decodes what contracts revert with', async () => {
    const from = world.account('web3').address
    const poor = await contractError(token.methods.transfer!(NAMED, 5n).call({ from }))
    expect(poor.cause).toMatchObject({
      ...{ code: 3, errorName: 'ERC20InsufficientBalance' },
      errorArgs: { sender: from, balance: 0n, needed: 5n },
    })
    const nobody = await contractError(token.methods.transfer!(NOBODY, 5n).call({ from }))
    expect(nobody.cause).toMatchObject({ errorName: 'Error', errorArgs: { message: NO_RECEIVER } })
    const gas = await contractError(token.methods.transfer!(NAMED, 5n).estimateGas({ from }))
    expect(gas.cause).toMatchObject({ code: 3, data: expect.stringMatching(/^0xe450d38c/) as string })
  })

  test('resolves names', async () => {
    const ens = new eth.ens.ENS(world.contracts.registry, world.provider)
    expect(await ens.getAddress(NAME)).toBe(NAMED.toLowerCase())
    expect(await ens.getName(NAMED)).toBe(NAME)
    expect(await ens.recordExists('nobody.eth')).toBe(false)
  })

  test('deploys, sends what it signs, and sees it in blocks and by its events', async () => {
    const signing = connect(world)
    signing.eth.transactionConfirmationBlocks = 1
    const [{ address: from } = { address: '' }] = signing.eth.accounts.wallet.add(world.account('web3').privateKey)
    const heads: bigint[] = []
    const newHeads = await signing.eth.subscribe('newHeads')
    newHeads.on('data', ({ number }) => void heads.push(BigInt(number!)))
    const deployed = await new signing.eth.Contract(tokenAbi)
      .deploy({ data: bytesToHex(initCode(TOKEN_CODE)) })
      .send({ from })
    const events: unknown[] = []
    const transfers = deployed.events.Transfer()
    const bothSeen = new Promise<void>((resolve) => {
      transfers.on('data', ({ returnValues }) => {
        const { from, to, amount } = returnValues
        if (events.push([from, to, amount]) === 2) resolve()
      })
    })
    await new Promise((resolve) => transfers.on('connected', resolve))
    const minted = await deployed.methods.mint(from, 1_000n).send({ from })
    expect(minted).toMatchObject({ status: 1n, from: from.toLowerCase() })
    const moved = await deployed.methods.transfer!(NAMED, 400n).send({ from })
    await bothSeen
    await signing.eth.clearSubscriptions()

    expect(events).toEqual([
      [NOBODY, from, 1_000n],
      [from, NAMED, 400n],
    ])
    expect(heads).toContain(BigInt(moved.blockNumber))
    const past = await deployed.getPastEvents('Transfer', {
      ...{ filter: { to: NAMED }, fromBlock: minted.blockNumber, toBlock: moved.blockNumber },
    })
    expect(past.map((log) => (log as { transactionHash?: string }).transactionHash)).toEqual([moved.transactionHash])
    expect(await deployed.methods.balanceOf!(NAMED).call()).toBe(400n)
  })

  test('estimates gas and fees', async () => {
    const from = world.account('web3').address
    expect(await web3.eth.estimateGas({ from, to: NAMED, value: 1 })).toBe(21_000n)
    const { baseFeePerGas } = await web3.eth.getBlock()
    expect(await web3.eth.getGasPrice()).toBeGreaterThanOrEqual(BigInt(baseFeePerGas!))
    const { maxFeePerGas } = await web3.eth.calculateFeeData()
    expect(maxFeePerGas).toBeGreaterThan(BigInt(baseFeePerGas!))
    expect(await web3.eth.getFeeHistory(4, 'latest', [10, 90])).toMatchObject({ reward: { length: 4 } })
  })
}

const connect = ({ provider }: World): Web3 => new Web3(provider)

async function contractError(promise: Promise<unknown>): Promise<ContractExecutionError> {
  const error: unknown = await promise.then(
    (result) => expect.fail(`it resolved: ${String(result)}`),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ContractExecutionError)
  return error as ContractExecutionError
}
