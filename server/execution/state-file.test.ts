import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hexToBytes, setLengthLeft } from '@ethereumjs/util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { asAddress, asHash, type Hash } from '../../src/chain/bytes.ts'
import { loadKeccak } from '../../src/chain/keccak.ts'
import { hashKey, hashOfKey } from '../../src/state/hash-key.ts'
import { buildState, type BuiltState, type GenesisAccount } from './build-state.ts'
import { loadOrBuildState, loadState, saveState, StateFileError } from './state-file.ts'
import { StateDatabase } from './state/state-database.ts'
import { shownLeaf, wholeState } from './state/state.fixtures.ts'

const keccak = await loadKeccak()
const FIRST_KEY = asHash(new Uint8Array(32))
const DESCRIPTION = 'seed 1, 500 accounts'

let folder: string
let path: string
let built: number
let said: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beamtab-state-'))
  path = join(folder, 'cache', 'state')
  built = 0
  said = []
})
afterEach(() => rm(folder, { recursive: true }))

function* accounts(): Generator<GenesisAccount> {
  for (let i = 0; i < 500; i++) {
    const address = asAddress(setLengthLeft(Uint8Array.of(i >> 8, i & 0xff), 20))
    const slots = Array.from({ length: i % 50 === 0 ? 300 : 0 }, (_, slot) => {
      return [setLengthLeft(Uint8Array.of(slot >> 8, slot & 0xff), 32), Uint8Array.of(1 + (slot % 200))] as const
    })
    yield {
      address,
      nonce: BigInt(i),
      balance: 10n,
      storage: slots,
      ...(i % 3 === 0 && { code: Uint8Array.of(i % 9) }),
    }
  }
}

function build(): BuiltState {
  built++
  return buildState(accounts(), keccak)
}

function open(description = DESCRIPTION): Promise<BuiltState> {
  return loadOrBuildState({ path, description, build, log: (message) => said.push(message) })
}

/** All that the root names is there under its hash, and nothing else; the ordered leaves are the tries'. */
function expectWhole(state: BuiltState): void {
  const id = asHash(keccak(Uint8Array.of(0)))
  const database = new StateDatabase(id, state, keccak)
  const whole = wholeState(state.root, database)
  const leaves = (account?: Hash): string[] =>
    Array.from(database.leaves(id, account, FIRST_KEY), ({ key, value }) => shownLeaf(key, value))
  expect(leaves()).toEqual(whole.accounts)
  for (const [account, slots] of whole.storages) expect(leaves(asHash(hexToBytes(`0x${account}`)))).toEqual(slots)
  expect(whole.accounts).toHaveLength(500)
  expect(database.size).toMatchObject({ nodes: whole.nodes.size, codes: whole.codes.size })
  for (const node of whole.nodes) expect(hashKey(keccak(database.node(hashOfKey(node))!) as Hash)).toBe(node)
  for (const code of whole.codes) expect(hashKey(keccak(database.code(hashOfKey(code))!) as Hash)).toBe(code)
}

test('a state is built once, and is the same from the file', async () => {
  const first = await open()
  const second = await open()
  expect(built).toBe(1)
  expect(said).toEqual([])
  expect(second.root).toEqual(first.root)
  expectWhole(second)
  expect(await readdir(join(folder, 'cache'))).toEqual(['state'])
})

test('a state of other options is built anew, and kept instead', async () => {
  await open()
  await open('seed 2, 500 accounts')
  await open('seed 2, 500 accounts')
  expect(built).toBe(2)
  expect(said).toEqual([expect.stringContaining('seed 1')])
})

test('a file that is torn, damaged anywhere, or of another layout is built anew', async () => {
  await saveState(path, DESCRIPTION, build())
  const whole = await readFile(path)
  for (const size of [0, 1, 31, 100, whole.length - 1]) {
    await writeFile(path, whole)
    await truncate(path, size)
    await expect(loadState(path, DESCRIPTION)).rejects.toThrow(StateFileError)
  }
  for (const at of [0, 40, whole.length >> 1, whole.length - 1]) {
    const damaged = Uint8Array.from(whole)
    damaged[at]! ^= 1
    await writeFile(path, damaged)
    await expect(loadState(path, DESCRIPTION)).rejects.toThrow(StateFileError)
  }
  await open()
  expect(built).toBe(2)
  await open()
  expect(built).toBe(2)
})

test('where no file can be written the state is there all the same', async () => {
  await writeFile(join(folder, 'cache'), 'no folder')
  const state = await open()
  expectWhole(state)
  expect(said.some((message) => message.includes('cannot be written'))).toBe(true)
})
