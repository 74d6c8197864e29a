/** Recorded blocks are served in every form, and what was not recorded is named, not made up. */
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Hash } from '../../../src/chain/bytes.ts'
import { asAddress, asHash } from '../../../src/chain/bytes.ts'
import { networkByName } from '../../../src/chain/network.ts'
import { orderedRoot } from '../../../src/execution/block/ordered-root.ts'
import { decodeRawBlock } from '../../../src/execution/block/raw-block.ts'
import { loadWasmCrypto, type WasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { verifyStatelessBlock } from '../../../src/execution/verify-stateless-block.ts'
import { witnessBlock } from '../../../src/execution/witness-blocks.fixtures.ts'
import { NodeBag } from '../../../src/state/content-bag.ts'
import { hashKey } from '../../../src/state/hash-key.ts'
import { PartialTrie } from '../../../src/state/trie/partial-trie.ts'
import { describeWithData } from '../../../src/testing/data.ts'
import type { ExecutionHeader, Witness } from '../../execution/execution-source.ts'
import { RecordedExecution } from './recorded-execution.ts'

let crypto: WasmCrypto
beforeAll(async () => {
  crypto = await loadWasmCrypto()
})

/** Nodes that are left out of a witness, one at a time. */
const SAMPLES = 3

/** Of no account that anybody knows of. */
const KEY = asAddress(hexToBytes(`0x${'5e'.repeat(20)}`))

describeWithData('recorded blocks', (data) => {
  const folder = join(data, 'witness-blocks')
  const open = (name: string, from = folder) => RecordedExecution.open(from, networkByName(name), crypto)

  async function verifies(execution: RecordedExecution, witness: Witness, preStateRoot: Hash): Promise<string> {
    const { block, headers, blockHashes, nodes, codes } = witness
    const { network } = execution
    const file = {
      ...{ network: network.name, chainId: network.chainId, config: undefined, number: block.number },
      ...{ blockHash: block.hash, parentHash: block.parentHash, block: block.rlp, parentHeader: headers.at(-1) },
      ...{ preStateRoot, postStateRoot: block.stateRoot, headers, blockHashes, nodes, codes },
    }
    const { verification } = await verifyStatelessBlock(file, { crypto, network })
    return verification.kind
  }

  describe.each(['mainnet', 'holesky', 'sepolia', 'hoodi'])('of %s', (name) => {
    let execution: RecordedExecution
    beforeAll(async () => {
      execution = await open(name)
    }, 60_000)

    test('each is verified from its witness, a part of what was recorded; its receipts are under its header', async () => {
      for (const { hash, number, parentHash } of execution.blocks) {
        const recorded = await witnessBlock(data, `${name}-${number}`)
        // The largest take seconds each, and show what the others show.
        if (recorded.nodes.length > 3_000 && execution.blocks.length > 1) continue
        const witness = await execution.witness(hash)
        const parent = execution.headerByHash(parentHash)
        expect([number, await verifies(execution, witness, parent.stateRoot)]).toEqual([number, 'verified'])
        const bag = NodeBag.from(recorded.nodes, crypto.keccak)
        expect(witness.nodes.every((node) => bag.node(asHash(crypto.keccak(node))))).toBe(true)
        expect(witness.nodes.length).toBeLessThanOrEqual(bag.size)
        const { header } = decodeRawBlock(recorded.block, crypto.keccak)
        const receiptsRoot = orderedRoot(await execution.receipts(hash), crypto.keccak)
        expect(bytesToHex(header.rlp)).toContain(bytesToHex(receiptsRoot).slice(2))
      }
    }, 120_000)

    test('without any one of its parts a witness does not do', async () => {
      const [{ hash, parentHash }] = execution.blocks as [ExecutionHeader]
      const witness = await execution.witness(hash)
      const { stateRoot } = execution.headerByHash(parentHash)
      for (let left = 0; left < Math.min(witness.nodes.length, SAMPLES); left++) {
        const nodes = witness.nodes.toSpliced(Math.floor((left * witness.nodes.length) / SAMPLES), 1)
        expect(await verifies(execution, { ...witness, nodes }, stateRoot)).toBe('fault')
      }
    }, 60_000)

    test('blocks, headers, nodes, codes and transactions by their hashes and numbers', async () => {
      const { hash, number, parentHash } = execution.blocks.at(-1)!
      const recorded = await witnessBlock(data, `${name}-${number}`)
      expect((await execution.blockByHash(hash)).rlp).toEqual(recorded.block)
      expect((await execution.blockByNumber(number))!.hash).toEqual(hash)
      expect(await execution.blockByNumber(number + 1)).toBeUndefined()
      expect(execution.headerByNumber(number - 1)!.hash).toEqual(parentHash)
      expect(execution.headerByNumber(number + 1)).toBeUndefined()
      const items = [...recorded.nodes.slice(0, 20), ...recorded.codes.slice(0, 3)]
      const hashes = [...items.map((item) => asHash(crypto.keccak(item))), asHash(new Uint8Array(32))]
      const nodes = await execution.nodes(hashes)
      const codes = await execution.codes(hashes)
      expect(nodes).toEqual([
        ...recorded.nodes.slice(0, 20),
        ...recorded.codes.slice(0, 3).map(() => undefined),
        undefined,
      ])
      expect(codes.slice(20)).toEqual([...recorded.codes.slice(0, 3), undefined])
      const { transactions } = decodeRawBlock(recorded.block, crypto.keccak)
      for (const [index, transaction] of transactions.entries())
        expect(execution.locateTransaction(asHash(crypto.keccak(transaction)))).toEqual({ blockHash: hash, index })
    })

    test('proofs and paths of what a block touched, before it and after it', async () => {
      const block = execution.blocks.at(-1)!
      const { keys = [] } = await execution.witness(block.hash)
      const before = execution.headerByHash(block.parentHash)
      for (const header of [before, block]) {
        for (const { address, slots } of keys.slice(0, 10)) {
          const proof = await execution.accountProof(header, address, slots.slice(0, 5))
          const bag = NodeBag.from(
            [...proof.accountProof, ...proof.storage.flatMap(({ proof: nodes }) => nodes)],
            crypto.keccak,
          )
          const open = (root: Hash) => new PartialTrie({ root, source: bag, keccak: crypto.keccak })
          const leaf = open(header.stateRoot).get(crypto.keccak(address))
          expect(leaf === undefined).toBe(
            proof.nonce === 0n && proof.balance === 0n && proof.storage.every(({ value }) => value === 0n),
          )
          for (const { slot, value } of proof.storage)
            expect(open(proof.storageHash).get(crypto.keccak(slot)) === undefined).toBe(value === 0n)
        }
        const wanted = keys.slice(0, 20).map(({ address, slots }) => ({
          account: asHash(crypto.keccak(address)),
          slots: slots.slice(0, 5).map((slot) => asHash(crypto.keccak(slot))),
        }))
        const nodes = await execution.paths(header.stateRoot, wanted)
        const source = NodeBag.from(nodes, crypto.keccak)
        expect(source.size).toBe(nodes.length)
        const accounts = new PartialTrie({ root: header.stateRoot, source, keccak: crypto.keccak })
        for (const { account } of wanted) expect(() => accounts.get(account)).not.toThrow()
      }
    }, 60_000)

    test('a key that was not recorded is named', async () => {
      const block = execution.blocks.at(-1)!
      const before = execution.headerByHash(block.parentHash)
      const hashed = asHash(crypto.keccak(KEY))
      // A small state holds the proof that it is absent.
      const isHeld = await execution.paths(before.stateRoot, [{ account: hashed, slots: [] }]).then(
        () => true,
        () => false,
      )
      if (isHeld) return
      await expect(execution.accountProof(before, KEY, [])).rejects.toThrow(`account ${bytesToHex(KEY)} lies outside`)
      await expect(execution.codeOf(before, KEY)).rejects.toThrow(`account ${bytesToHex(KEY)} lies outside`)
      await expect(execution.paths(before.stateRoot, [{ account: hashed, slots: [] }])).rejects.toThrow(
        `hashed account ${bytesToHex(hashed)} lies outside`,
      )
    })
  })

  describe('the chain that the files make', () => {
    test('a block without its parent in any file is left out, and is the parent of the next', async () => {
      const execution = await open('holesky')
      expect(execution.blocks.map(({ number }) => number)).toEqual([2971845, 2971846, 2971847])
      expect(execution.leftOut).toEqual([
        { file: 'holesky-2971844.json.gz', reason: "its parent's header is in no file" },
      ])
      expect(execution.headerByNumber(2971844)!.number).toBe(2971844)
      await expect(execution.blockByNumber(2971844)).rejects.toThrow('block 2971844 was not recorded')
    })

    test('the head goes through it: what is after it is not there yet, and listeners are told', async () => {
      const execution = await open('holesky')
      const [one, two, three] = execution.blocks as [ExecutionHeader, ExecutionHeader, ExecutionHeader]
      const told: unknown[] = []
      const stop = execution.listen((news) => {
        if (news.kind !== 'head') return
        const numbers = [news.head, ...news.added, ...news.removed].map(({ number }) => number)
        told.push([news.added.length, news.removed.length, ...numbers])
      })
      await execution.setHead(one.hash)
      expect(execution.status().head.number).toBe(one.number)
      expect(await execution.blockByNumber(two.number)).toBeUndefined()
      await execution.setHead(three.hash)
      stop()
      await execution.setHead(one.hash)
      expect(told).toEqual([
        [0, 2, one.number, three.number, two.number],
        [2, 0, three.number, two.number, three.number],
      ])
    })

    test.each([
      ['mainnet', 24628608, 24628607],
      ['mainnet', 23879620, 23879620],
      ['holesky', 2971846, 2971845],
    ])(
      'of %s up to block %i, blocks are announced from %i on: what is before the last gap can be had, and is not counted on',
      async (name, head, from) => {
        const execution = await open(name)
        await execution.setHead(execution.blocks.find(({ number }) => number === head)!.hash)
        const { serves } = execution.status()
        expect([serves.blocks?.from, serves.witness?.from, serves.paths?.from]).toEqual([from, from, from - 1])
        const [first] = execution.blocks
        expect((await execution.blockByNumber(first!.number))!.number).toBe(first!.number)
      },
    )

    test('what was never recorded is not said to be absent', async () => {
      const execution = await open('sepolia')
      const unknown = asHash(new Uint8Array(32).fill(7))
      await expect(execution.blockByHash(unknown)).rejects.toThrow('is not in the recorded chain')
      await expect(execution.receipts(unknown)).rejects.toThrow('is not in the recorded chain')
      await expect(execution.witness(unknown)).rejects.toThrow('is not in the recorded chain')
      await expect(execution.paths(unknown, [])).rejects.toThrow('no recorded block begins or ends with the state')
      expect(() => execution.headerByHash(unknown)).toThrow('was not recorded')
      expect(() => execution.locateTransaction(unknown)).toThrow('is in no recorded block')
      expect(() => execution.range()).toThrow('ranges cannot be had')
      expect(() => execution.submit()).toThrow('take no transactions')
    })
  })

  describe('folders', () => {
    let own: string
    beforeAll(async () => {
      own = await mkdtemp(join(tmpdir(), 'recorded-'))
    })
    afterAll(() => rm(own, { recursive: true }))

    test('damaged files, and files that say what they are not, are left out with the reason', async () => {
      const from = (number: number) => join(folder, `mainnet-${number}.json.gz`)
      await copyFile(from(97), join(own, 'mainnet-97.json.gz'))
      await copyFile(from(98), join(own, 'mainnet-98.json.gz'))
      await writeFile(join(own, 'mainnet-1.json.gz'), (await readFile(from(1))).subarray(0, 900))
      await writeFile(join(own, 'mainnet-2.json'), '{"format":"other"}')
      await copyFile(join(folder, 'holesky-2971844.json.gz'), join(own, 'mainnet-3.json.gz'))
      await copyFile(from(97), join(own, 'mainnet-4.json.gz'))
      await writeFile(join(own, 'notes.txt'), 'nothing')
      const execution = await open('mainnet', own)
      expect(execution.blocks.map(({ number }) => number)).toEqual([97, 98])
      const reasons = Object.fromEntries(execution.leftOut.map(({ file, reason }) => [file, reason]))
      expect(reasons).toEqual({
        'mainnet-1.json.gz': expect.stringMatching(/truncated gzip/) as unknown,
        'mainnet-2.json': expect.stringMatching(/format is "other"/) as unknown,
        'mainnet-3.json.gz': 'it is of chain id 17000, not 1',
        'mainnet-97.json.gz': 'another file has a block 97',
      })
    })

    test('a file that is gone or another later is unavailable, and the rest is served on', async () => {
      const execution = await open('mainnet', own)
      await truncate(join(own, 'mainnet-4.json.gz'), 100)
      const [gone, head] = execution.blocks as [ExecutionHeader, ExecutionHeader]
      await expect(execution.blockByHash(gone.hash)).rejects.toThrow('the file of block 97 cannot be read')
      expect((await execution.blockByHash(head.hash)).number).toBe(98)
      expect(hashKey((await execution.blockByNumber(98))!.hash)).toBe(hashKey(head.hash))
    })

    test.each([
      ['sepolia', /has no file sepolia-NUMBER.json/],
      ['hoodi', /has no file hoodi-NUMBER.json/],
    ])('a folder without a file of %s', async (name, problem) => {
      await expect(open(name, own)).rejects.toThrow(problem)
    })

    test('a folder that is not there', async () => {
      await expect(open('mainnet', join(own, 'none'))).rejects.toThrow(/cannot be read: ENOENT/)
    })
  })
})
