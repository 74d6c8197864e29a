import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createBlockFromRLP } from '@ethereumjs/block'
import { RLP, type NestedUint8Array } from '@ethereumjs/rlp'
import { verifyMerkleProof } from '@ethereumjs/mpt'
import { bytesToBigInt, bytesToHex, equalsBytes, hexToBytes } from '@ethereumjs/util'
import { beforeAll, expect, test } from 'vitest'
import { asAddress, asHash, type Hash, type Hex } from '../../src/chain/bytes.ts'
import { systemClock } from '../../src/chain/clock.ts'
import { commonAt } from '../../src/chain/execution-common.ts'
import { decodeRawHeader } from '../../src/execution/block/raw-block.ts'
import { loadWasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { parseStatelessBlock, type StatelessBlock } from '../../src/execution/stateless-block.ts'
import { writeStatelessBlock } from '../../src/execution/stateless-block-file.ts'
import { verifyStatelessBlock } from '../../src/execution/verify-stateless-block.ts'
import { NO_KZG } from '../../src/network/on-demand/no-kzg.ts'
import { decodeAccount, decodeStorageValue } from '../../src/state/account-codec.ts'
import { EMPTY_ROOT } from '../../src/state/trie/partial-trie.ts'
import { describeWithData } from '../../src/testing/data.ts'
import { readChainFile, splitBlocks } from '../foreign/chain-file.ts'
import { readGenesisFile } from '../foreign/genesis-file.ts'
import { importChain } from '../foreign/import-chain.ts'
import { UnavailableError, type TransactionPrestate, type Witness } from './execution-source.ts'
import type { LocalExecution } from './local-execution.ts'

const crypto = await loadWasmCrypto()
const { keccak } = crypto

/** Places in a header's list. */
const STATE_ROOT = 3
const LOGS_BLOOM = 6
const EXCESS_BLOB_GAS = 18

describeWithData('a local chain from Frontier to Osaka', (data) => {
  const folder = join(data, 'chains/execution-apis-tests')
  let execution: LocalExecution
  let config: object

  beforeAll(async () => {
    const genesis = readGenesisFile(JSON.parse(await readFile(join(folder, 'genesis.json'), 'utf8')))
    config = genesis.config
    execution = await importChain({
      genesis,
      blocks: splitBlocks(readChainFile(join(folder, 'chain.rlp'))),
      crypto,
      clock: systemClock,
    })
  })

  function stateless(witness: Witness): StatelessBlock {
    const { block, ...parts } = witness
    const { name, chainId } = execution.network
    return parseStatelessBlock(
      writeStatelessBlock({ ...parts, network: name, chainId, config, block: block.rlp }, keccak),
    )
  }

  test('makes witnesses that suffice, and lack nothing and carry nothing that they could do without', async () => {
    for (let number = 1; number <= execution.head.number; number++) {
      const witness = (await execution.witness(execution.blockByNumber(number)!.hash))!
      const file = stateless(witness)
      const { verification } = await verifyStatelessBlock(file, { crypto })
      expect(verification.kind, `block ${number}`).toBe('verified')
      // Each removal is a verification: a third of the blocks tells as much as all.
      if (number % 3 !== 0) continue
      for (const kind of ['nodes', 'codes', 'headers'] as const) {
        // The parent's header is known apart from the others.
        if (kind === 'headers' && file.headers.length === 1) continue
        for (const at of file[kind].keys()) {
          if (kind === 'headers' && at === file.headers.length - 1) continue
          const without = { ...file, [kind]: file[kind].toSpliced(at, 1) }
          const result = await verifyStatelessBlock(without, { crypto })
          expect(result.verification.kind, `block ${number} without one of its ${kind}`).toBe('fault')
        }
      }
    }
  })

  test('makes a witness once, however many ask at a time', async () => {
    const { hash } = execution.head
    const [first, second] = await Promise.all([execution.witness(hash), execution.witness(hash)])
    expect(first).toBe(second)
  })

  test('has no witness of the genesis block, and none of a block that is unknown', async () => {
    await expect(Promise.resolve(execution.witness(execution.blockByNumber(0)!.hash))).rejects.toThrow(UnavailableError)
    expect(execution.witness(asHash(keccak(Uint8Array.of(1))))).toBeUndefined()
  })

  test.each([
    ['stateRoot', STATE_ROOT, new Uint8Array(32).fill(1)],
    ['logsBloom', LOGS_BLOOM, new Uint8Array(256).fill(1)],
    ['header.excessBlobGas', EXCESS_BLOB_GAS, Uint8Array.of(2, 0, 0)],
  ])(
    'makes the witness of a block whose %s is wrong: it shows that, and has all that the block reads',
    async (field, at, wrong) => {
      const { rlp, hash } = execution.blockByNumber(execution.head.number)!
      const [header, ...body] = RLP.decode(rlp) as [Uint8Array[], ...NestedUint8Array]
      header[at] = wrong
      const invalid = { rlp: RLP.encode([header, ...body]), receipts: execution.receipts(hash)! }
      const block = execution.acceptInvalid(invalid)
      const witness = (await execution.witness(block.hash))!
      const { verification } = await verifyStatelessBlock(stateless(witness), { crypto })
      expect(verification).toMatchObject({ kind: 'mismatch', mismatch: { field } })
      const sorted = (items: readonly Uint8Array[]) => items.map((item) => bytesToHex(item)).sort()
      const valid = (await execution.witness(hash))!
      expect(sorted(witness.nodes)).toEqual(sorted(valid.nodes))
      expect(sorted(witness.codes)).toEqual(sorted(valid.codes))
    },
  )

  test('proves accounts and slots of any block it holds the state of', async () => {
    const { head } = execution
    let slotsProven = 0
    for (const { address, slots } of await touched(head.number - 20, head.number)) {
      const proof = execution.accountProof(head, address, slots)
      const value = await verifyMerkleProof(keccak(address), nodesOf(proof.accountProof, head.stateRoot))
      const { nonce, balance, storageHash: storageRoot, codeHash } = proof
      if (value === null) expect({ nonce, balance }).toEqual({ nonce: 0n, balance: 0n })
      else expect(decodeAccount(value)).toEqual({ nonce, balance, storageRoot, codeHash })
      expect(equalsBytes(keccak(execution.codeOf(head, address)), codeHash)).toBe(true)
      for (const { slot, value: word, proof: nodes } of proof.storage) {
        if (nodes.length === 0) {
          expect([word, storageRoot]).toEqual([0n, EMPTY_ROOT])
          continue
        }
        const leaf = await verifyMerkleProof(keccak(slot), nodesOf(nodes, storageRoot))
        expect(leaf === null ? 0n : bytesToBigInt(decodeStorageValue(leaf))).toBe(word)
        slotsProven++
      }
    }
    expect(slotsProven).toBeGreaterThan(20)
  })

  test('gives the paths of many keys as one bag: each node once, parents first, and all that proofs have', async () => {
    const { head } = execution
    const keys = await touched(head.number - 20, head.number)
    const hashed = keys.map(({ address, slots }) => ({
      account: asHash(keccak(address)),
      slots: slots.map((slot) => asHash(keccak(slot))),
    }))
    const paths = execution.paths(head.stateRoot, hashed).map((node) => bytesToHex(node))
    expect(new Set(paths).size).toBe(paths.length)
    const proofs = keys.map(({ address, slots }) => execution.accountProof(head, address, slots))
    const proven = proofs.flatMap(({ accountProof, storage }) => [
      ...accountProof,
      ...storage.flatMap(({ proof }) => proof),
    ])
    expect(new Set(paths)).toEqual(new Set(proven.map((node) => bytesToHex(node))))
    const place = new Map(paths.map((node, at) => [node, at]))
    for (const { accountProof } of proofs) {
      const places = accountProof.map((node) => place.get(bytesToHex(node))!)
      expect(places).toEqual(places.toSorted((a, b) => a - b))
    }
    const tooMany = Array.from({ length: 20_000 }, () => ({ account: asHash(keccak(Uint8Array.of(1))), slots: [] }))
    expect(() => execution.paths(head.stateRoot, tooMany)).toThrow(UnavailableError)
  })

  test('gives nodes and codes by hash, in the order asked, and a gap for what it has not', () => {
    const { head } = execution
    const unknown = asHash(keccak(Uint8Array.of(1)))
    const [none, root] = execution.nodes([unknown, head.stateRoot])
    expect(none).toBeUndefined()
    expect(equalsBytes(keccak(root!), head.stateRoot)).toBe(true)
    expect(execution.codes([unknown, asHash(keccak(new Uint8Array(0)))])).toEqual([undefined, new Uint8Array(0)])
  })

  test('traces what transactions find: their senders, with the nonces that they have then', async () => {
    let transactions = 0
    for (let { number } = execution.head; number > 0; number--) {
      const block = execution.blockByNumber(number)!
      const common = commonAt(execution.network, decodeRawHeader(block.header, keccak), { kzg: NO_KZG })
      const { transactions: txs } = createBlockFromRLP(block.rlp, { common })
      const prestates = await execution.prestates(block.hash).catch((error: unknown) => error)
      // States of the oldest blocks are not served any more.
      if (prestates instanceof UnavailableError) break
      const found = prestates as readonly TransactionPrestate[]
      expect(found.map(({ transaction }) => transaction)).toEqual(txs.map((tx) => tx.hash()))
      for (const [index, { accounts }] of found.entries()) {
        const tx = txs[index]!
        const sender = accounts.find(({ address }) => equalsBytes(address, tx.getSenderAddress().bytes))
        expect(sender!.nonce).toBe(tx.nonce)
        transactions += 1
      }
    }
    expect(transactions).toBeGreaterThan(0)
    expect(await execution.prestates(asHash(new Uint8Array(32)))).toBeUndefined()
  })

  test('makes access lists as geth does', async () => {
    const from = asAddress(hexToBytes('0x0c2c51a0990aee1d73c1228de158688341557508'))
    const to = asAddress(hexToBytes('0x7dcd17433742f4c0ca53122ab541d0ba67fc27df'))
    const call = { from, to, gas: 60_000n, value: 0n, data: hexToBytes('0x010203040506'), accessList: [] }
    // What geth answers to the call of the recorded case create-al-contract-eip1559.
    const slots = [
      '0x0000000000000000000000000000000000000000000000000000000000000000',
      '0x13a08e3cd39a1bc7bf9103f63f83273cced2beada9f723945176d6b983c65bd2',
    ] as const
    const accessList = [{ address: to, slots: slots.map((slot) => asHash(hexToBytes(slot))) }]
    expect(await execution.createAccessList(execution.head, call)).toEqual({
      accessList,
      gasUsed: 0xca3cn,
      error: undefined,
    })
    expect(await execution.createAccessList(execution.head, { ...call, accessList })).toMatchObject({ accessList })

    const nobody = asAddress(hexToBytes('0x0100000000000000000000000000000000000000'))
    const transfer = { ...call, to: nobody, gas: undefined, value: 10n, data: new Uint8Array(0) }
    expect(await execution.createAccessList(execution.head, transfer)).toEqual({
      accessList: [],
      gasUsed: 21_000n,
      error: undefined,
    })
    const poor = await execution.createAccessList(execution.head, { ...transfer, from: nobody })
    expect(poor.error).toContain('insufficient funds for gas * price + value')
    const meagre = await execution.createAccessList(execution.head, { ...transfer, gas: 5000n })
    expect(meagre.error).toContain('intrinsic gas too low')
    await expect(execution.createAccessList(execution.blockByNumber(1)!, transfer)).rejects.toThrow(UnavailableError)
    // JUMPDEST PUSH1 0 JUMP, until the gas is gone.
    const endless = { ...transfer, to: undefined, value: 0n, data: hexToBytes('0x5b600056') }
    const caller = new AbortController()
    const run = execution.createAccessList(execution.head, endless, caller.signal)
    setImmediate(() => caller.abort(new Error('nobody waits')))
    await expect(run).rejects.toThrow('nobody waits')
  })

  /** Accounts and slots that blocks read or wrote. */
  async function touched(from: number, to: number): Promise<NonNullable<Witness['keys']>> {
    const slots = new Map<string, Set<string>>()
    for (let number = from; number <= to; number++) {
      for (const { address, slots: own } of (await execution.witness(execution.blockByNumber(number)!.hash))!.keys!) {
        const known = slots.get(bytesToHex(address)) ?? new Set()
        for (const slot of own) known.add(bytesToHex(slot))
        slots.set(bytesToHex(address), known)
      }
    }
    return Array.from(slots, ([address, own]) => ({
      address: asAddress(hexToBytes(address as Hex)),
      slots: Array.from(own, (slot) => asHash(hexToBytes(slot as Hex))),
    }))
  }

  /** The first node has to be the root, or nothing is proven. */
  function nodesOf(proof: readonly Uint8Array[], root: Hash): Uint8Array[] {
    expect(equalsBytes(keccak(proof[0]!), root)).toBe(true)
    return [...proof]
  }
})
