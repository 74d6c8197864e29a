/** What a gateway gives of execution clients: everything proven, whatever they offer, and their failures never as absences. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { asAddress, asHash } from '../../../../src/chain/bytes.ts'
import { systemClock } from '../../../../src/chain/clock.ts'
import type { TimeFork } from '../../../../src/chain/execution-schedule.ts'
import type { ExecutionNetwork } from '../../../../src/chain/network.ts'
import { loadWasmCrypto, type WasmCrypto } from '../../../../src/execution/crypto/wasm-crypto.ts'
import { decodeRawBlock } from '../../../../src/execution/block/raw-block.ts'
import { verifyStatelessBlock } from '../../../../src/execution/verify-stateless-block.ts'
import { platformTransport } from '../../../../src/network/http/transport.ts'
import { NodeBag } from '../../../../src/state/content-bag.ts'
import { PartialTrie } from '../../../../src/state/trie/partial-trie.ts'
import { describeWithData } from '../../../../src/testing/data.ts'
import type { ExecutionBlock, Witness } from '../../../execution/execution-source.ts'
import type { LocalExecution } from '../../../execution/local-execution.ts'
import { DiskCache } from './disk-cache.ts'
import { rulesDigest } from './rules-digest.ts'
import { UpstreamExecution } from './upstream-execution.ts'
import { testChain, testClient, type ClientHabits, type TestClient } from './upstream.fixtures.ts'

let crypto: WasmCrypto
beforeAll(async () => {
  crypto = await loadWasmCrypto()
})

/** A value as text: comparing bytes one by one takes test frameworks a second. */
const same = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part instanceof Uint8Array ? bytesToHex(part) : typeof part === 'bigint' ? `${part}n` : part,
  )

/** As of a client that has the standard's methods and nothing else. */
const PLAIN: ClientHabits = {
  without: (method) =>
    method.startsWith('debug_') || method === 'eth_createAccessList' || method === 'eth_getBlockReceipts',
}

describeWithData('execution clients behind a gateway', (data) => {
  let chain: LocalExecution
  const closers: (() => unknown)[] = []
  beforeAll(async () => {
    chain = await testChain(data)
  }, 60_000)
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  async function client(habits: ClientHabits = {}): Promise<TestClient> {
    const made = await testClient(chain, habits)
    closers.push(() => made.close())
    return made
  }

  async function relay(
    urls: readonly string[],
    disk?: DiskCache,
    network: ExecutionNetwork = chain.network,
  ): Promise<UpstreamExecution> {
    const clock = systemClock
    const source = await UpstreamExecution.open({
      network,
      urls,
      clock,
      transport: platformTransport(clock),
      crypto,
      disk,
    })
    closers.push(() => source.close())
    return source
  }

  const block = (number: number): ExecutionBlock => chain.blockByNumber(number)!

  const hashed = (keys: NonNullable<Witness['keys']>) =>
    keys.map(({ address, slots }) => ({
      account: asHash(crypto.keccak(address)),
      slots: slots.map((slot) => asHash(crypto.keccak(slot))),
    }))

  async function verifies({ block: of, headers, blockHashes, nodes, codes }: Witness): Promise<string> {
    const { network } = chain
    const parent = block(of.number - 1)
    const file = {
      ...{ network: network.name, chainId: network.chainId, config: undefined, number: of.number },
      ...{ blockHash: of.hash, parentHash: parent.hash, block: of.rlp, parentHeader: parent.header },
      ...{ preStateRoot: parent.stateRoot, postStateRoot: of.stateRoot, headers, blockHashes, nodes, codes },
    }
    return (await verifyStatelessBlock(file, { crypto, network })).verification.kind
  }

  /** Every kind of header and of transaction; uncles are asked for by a method that the clients here do not have. */
  const BLOCKS = [1, 11, 24, 28, 39, 42, 43, 45, 53, 54]

  describe.each([
    ['with every method', {}],
    ['with the standard’s methods alone', PLAIN],
  ])('a client %s', (_, habits) => {
    test('blocks, headers, receipts and witnesses are the same as at its source', async () => {
      const source = await relay([(await client(habits)).url])
      for (const number of BLOCKS) {
        const one = block(number)
        expect(same(await source.blockByNumber(number))).toBe(same(one))
        expect(same(await source.headerByHash(one.hash))).toBe(same({ ...one, rlp: undefined }))
        expect(same(await source.receipts(one.hash))).toBe(same(chain.receipts(one.hash)))
        const witness = (await source.witness(one.hash))!
        const local = (await chain.witness(one.hash))!
        const sorted = (items: readonly Uint8Array[]) => items.map((item) => bytesToHex(item)).sort()
        expect([number, sorted(witness.nodes)]).toEqual([number, sorted(local.nodes)])
        expect(sorted(witness.codes)).toEqual(sorted(local.codes))
        expect(same(witness.headers)).toBe(same(local.headers))
        expect(await verifies(witness)).toBe('verified')
      }
    })

    test('proofs and codes at each block, and paths of keys that were seen', async () => {
      const source = await relay([(await client(habits)).url])
      for (const number of [1, 24, 54]) {
        const header = (await source.headerByNumber(number))!
        const { keys = [] } = (await source.witness(block(number).hash))!
        for (const { address, slots } of keys) {
          const proof = await source.accountProof(header, address, slots)
          expect(same(proof)).toBe(same(chain.accountProof(header, address, slots)))
          expect(same(await source.codeOf(header, address))).toBe(same(chain.codeOf(header, address)))
        }
        const wanted = hashed(keys)
        const nodes = await source.paths(header.stateRoot, wanted)
        expect(same(nodes)).toBe(same(chain.paths(header.stateRoot, wanted)))
        const found = source.nodes(nodes.map((node) => asHash(crypto.keccak(node))))
        expect(same(found)).toBe(same(nodes))
      }
    })
  })

  test('paths that the next block walks are there for who executes it, though nobody has named its keys', async () => {
    const { keys = [] } = (await chain.witness(block(54).hash))!
    const source = await relay([(await client()).url])
    const { stateRoot } = (await source.headerByNumber(53))!
    expect(same(await source.paths(stateRoot, hashed(keys)))).toBe(same(chain.paths(stateRoot, hashed(keys))))
  })

  test('status: the head, and what was found out to be offered', async () => {
    const full = await relay([(await client()).url])
    const { head, safe, finalized, genesisHash, serves } = full.status()
    expect(same([head, safe, finalized, genesisHash])).toBe(same([block(54), block(54), block(54), block(0).hash]))
    expect(serves).toMatchObject({ blocks: { from: 0 }, proofs: { from: 0 }, witness: { from: 0 }, paths: { from: 0 } })
    expect(serves).not.toHaveProperty('ranges')
    expect(serves).not.toHaveProperty('nodes')
    const plain = await relay([(await client(PLAIN)).url])
    expect(plain.status().serves.witness).toEqual({ from: 1 })
    const poor = await relay([(await client({ without: (method) => !/^eth_(chainId|getBlock)/.test(method) })).url])
    expect(poor.status().serves).not.toHaveProperty('proofs')
    expect(poor.status().serves).not.toHaveProperty('witness')
  })

  test('keys that nobody has shown cannot be asked for by their hashes', async () => {
    const source = await relay([(await client()).url])
    const { stateRoot } = (await source.headerByNumber(54))!
    const account = asHash(crypto.keccak(hexToBytes(`0x${'5e'.repeat(20)}`)))
    await expect(source.paths(stateRoot, [{ account, slots: [] }])).rejects.toThrow(/its address was never seen here/)
    const unknown = asHash(new Uint8Array(32).fill(9))
    await expect(source.paths(unknown, [{ account, slots: [] }])).rejects.toThrow(/is of no block that was asked for/)
  })

  test('what all clients say is not there is absent; what one of them fails at is not', async () => {
    const unknown = asHash(new Uint8Array(32).fill(9))
    const sure = await relay([(await client()).url, (await client(PLAIN)).url])
    expect(await sure.blockByHash(unknown)).toBeUndefined()
    expect(await sure.headerByHash(unknown)).toBeUndefined()
    expect(await sure.receipts(unknown)).toBeUndefined()
    expect(await sure.witness(unknown)).toBeUndefined()
    expect(await sure.locateTransaction(unknown)).toBeUndefined()
    expect(await sure.blockByNumber(55)).toBeUndefined()
    const gone = await client()
    const unsure = await relay([(await client()).url, gone.url])
    await gone.close()
    await expect(unsure.blockByHash(unknown)).rejects.toThrow(gone.url)
    expect(same(await unsure.blockByHash(block(3).hash))).toBe(same(block(3)))
  })

  test('a client that is gone is named, and its head is none any more', async () => {
    const only = await client()
    const source = await relay([only.url])
    await only.close()
    await expect(source.receipts(block(3).hash)).rejects.toThrow(`upstream: ${only.url}`)
    await expect(source.accountProof(block(3), asAddress(new Uint8Array(20)), [])).rejects.toThrow(only.url)
    const never = await relay([only.url])
    expect(() => never.status()).toThrow(only.url)
  })

  test('a client of another chain is refused', async () => {
    const other = await client({ changed: (method, result) => (method === 'eth_chainId' ? '0x1' : result) })
    await expect(relay([other.url])).rejects.toThrow(`${other.url} is of chain id 1, not ${chain.network.chainId}`)
  })

  const replaced = (text: unknown, from: string, to: string) =>
    JSON.parse(JSON.stringify(text).replaceAll(from, to)) as unknown

  test.each<[string, ClientHabits]>([
    [
      'another block',
      {
        changed: (method, result) => (method === 'debug_getRawBlock' ? bytesToHex(new Uint8Array(40)) : result),
        without: (method) => method === 'eth_getBlockByHash',
      },
    ],
    ['other receipts', { changed: (method, result) => (method.endsWith('Receipts') ? [] : result) }],
    [
      'other proofs',
      { changed: (method, result) => (method === 'eth_getProof' ? replaced(result, '0xf8', '0xf9') : result) },
    ],
    ['nothing that is JSON-RPC', { changed: () => ({}) }],
  ])('lies are passed over for the next client, or named: %s', async (_, habits) => {
    const liar = await client(habits)
    const both = await relay([liar.url, (await client()).url])
    const header = block(54)
    const { keys = [] } = (await chain.witness(header.hash))!
    expect(same(await both.blockByHash(block(10).hash))).toBe(same(block(10)))
    expect(same(await both.receipts(header.hash))).toBe(same(chain.receipts(header.hash)))
    for (const { address, slots } of keys.slice(0, 3))
      expect(same(await both.accountProof(header, address, slots))).toBe(
        same(chain.accountProof(header, address, slots)),
      )
    expect(await verifies((await both.witness(header.hash))!)).toBe('verified')
  })

  test('a witness that does not do is built from proofs instead', async () => {
    const stingy = await client({
      changed: (method, result) => {
        if (method !== 'debug_executionWitness') return result
        const witness = result as { state: unknown[] }
        return { ...witness, state: witness.state.slice(1) }
      },
    })
    const source = await relay([stingy.url])
    expect(await verifies((await source.witness(block(54).hash))!)).toBe('verified')
    expect(stingy.calls.filter((method) => method === 'debug_executionWitness').length).toBeGreaterThan(1)
  })

  test('transactions are found, access lists made, and what the pool says is passed on', async () => {
    const source = await relay([(await client()).url])
    const { transactions, header } = decodeRawBlock(block(54).rlp, crypto.keccak)
    for (const [index, transaction] of transactions.entries()) {
      const place = { blockHash: header.hash, index }
      expect(await source.locateTransaction(asHash(crypto.keccak(transaction)))).toEqual(place)
    }
    const call = {
      from: undefined,
      to: asAddress(new Uint8Array(20).fill(1)),
      gas: undefined,
      value: 0n,
      data: new Uint8Array(),
      accessList: [],
    }
    expect(await source.createAccessList(block(54), call)).toEqual(await chain.createAccessList(block(54), call))
    await expect(source.submit(Uint8Array.of(1, 2, 3))).rejects.toThrow()
    expect(() => source.range()).toThrow('ranges cannot be had')
  })

  describe('kept on disk', () => {
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'upstream-'))
    })
    afterAll(() => rm(folder, { recursive: true }))

    test('a witness is there when its upstream is not; a damaged one is fetched again', async () => {
      const only = await client()
      const { hash } = block(54)
      const first = await relay([only.url], await DiskCache.open(folder, 1 << 20))
      const witness = await first.witness(hash)
      const again = await relay([only.url], await DiskCache.open(folder, 1 << 20))
      const before = only.calls.length
      expect(same(await again.witness(hash))).toBe(same(witness))
      expect(only.calls.slice(before)).not.toContain('debug_executionWitness')
      const [name] = await readdir(folder)
      const bytes = await readFile(join(folder, name!))
      bytes[bytes.length - 1]! ^= 1
      await writeFile(join(folder, name!), bytes)
      const healed = await relay([only.url], await DiskCache.open(folder, 1 << 20))
      expect(await verifies((await healed.witness(hash))!)).toBe('verified')
      expect(only.calls.slice(before)).toContain('debug_executionWitness')
    })
  })

  describe('under other rules than its chain has', () => {
    /** Blocks end before any state is read: at a header of another form, and at a field that should be another. */
    const rules = {
      'without Prague': (fork: TimeFork) => (fork.name === 'prague' || fork.name === 'osaka' ? [] : [fork]),
      'with other blobs': (fork: TimeFork) =>
        fork.blobs === undefined ? [fork] : [{ ...fork, blobs: { target: 0, max: 1, baseFeeUpdateFraction: 7 } }],
    }

    test.each(Object.entries(rules))('%s: no witness is given and none kept', async (_, change) => {
      const folder = await mkdtemp(join(tmpdir(), 'upstream-rules-'))
      closers.push(() => rm(folder, { recursive: true }))
      const wrong = {
        ...chain.network,
        execution: { ...chain.network.execution, timeForks: chain.network.execution.timeForks.flatMap(change) },
      }
      const only = await client()
      const { hash } = block(54)
      const mistaken = await relay([only.url], await DiskCache.open(folder, 1 << 20), wrong)
      await expect(mistaken.witness(hash)).rejects.toThrow(/block 54 cannot be executed under these rules: /)
      expect(await readdir(folder)).toEqual([])
      const right = await relay([only.url], await DiskCache.open(folder, 1 << 20))
      expect(await verifies((await right.witness(hash))!)).toBe('verified')
      const [kept] = await readdir(folder)
      expect(kept).toContain(rulesDigest(chain.network))
      // What is kept under one set of rules is not read under another.
      const again = await relay([only.url], await DiskCache.open(folder, 1 << 20), wrong)
      await expect(again.witness(hash)).rejects.toThrow(/under these rules/)
    })
  })

  test('a proof of an absent account is one', async () => {
    const source = await relay([(await client()).url])
    const address = asAddress(new Uint8Array(20).fill(0x77))
    const proof = await source.accountProof(block(54), address, [])
    const bag = NodeBag.from(proof.accountProof, crypto.keccak)
    const trie = new PartialTrie({ root: block(54).stateRoot, source: bag, keccak: crypto.keccak })
    expect(trie.get(crypto.keccak(address))).toBeUndefined()
    expect(await source.codeOf(block(54), address)).toEqual(new Uint8Array())
  })
})
