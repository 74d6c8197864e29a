/**
 * The trie vectors of ethereum/tests (TrieTests): keys and values in, root out. Conventions of that repository: a file
 * whose name contains "secure" hashes its keys; text that starts with 0x is hexadecimal; `in` as a list is to be done in
 * order, `null` deleting, and as an object in any order.
 */
import { bytesToHex, hexToBytes, isHexString, utf8ToBytes } from '@ethereumjs/util'
import { readFile, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Keccak } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import type { NodeSource } from '../../state/trie/node-source.ts'
import { EMPTY_ROOT, PartialTrie } from '../../state/trie/partial-trie.ts'
import type { TrieEntry } from '../../state/trie/partial-trie.ts'
import type { ConformanceCase, Outcome, Suite } from './suite.ts'

export const trieSuite: Suite = {
  name: 'trie',
  folder: 'trie-tests',
  async *cases(folder) {
    const files = await readdir(folder, { recursive: true })
    for (const file of files.filter((name) => name.endsWith('.json')).sort()) yield* casesOfFile(folder, file)
  },
}

async function* casesOfFile(folder: string, file: string): AsyncIterable<ConformanceCase> {
  let cases: unknown
  try {
    cases = JSON.parse(await readFile(join(folder, file), 'utf8'))
  } catch (error) {
    yield { name: file, run: () => failed(`cannot be read as JSON: ${String(error)}`) }
    return
  }
  if (!isRecord(cases)) {
    yield { name: file, run: () => failed('not an object of named cases') }
    return
  }
  const keccak = await loadKeccak()
  const hashing = basename(file).toLowerCase().includes('secure') ? keccak : undefined
  for (const [name, content] of Object.entries(cases)) {
    yield { name: `${file}/${name}`, run: () => runCase(content, keccak, hashing) }
  }
}

function runCase(content: unknown, keccak: Keccak, hashing: Keccak | undefined): Outcome {
  if (isRecord(content) && 'tests' in content && !('root' in content)) {
    return { kind: 'skipped', reason: 'looks up the next and previous keys, which no part of this client does' }
  }
  if (!isRecord(content) || typeof content['root'] !== 'string') return failed('not a case: "in" and "root" are needed')
  const expected = content['root'].toLowerCase()
  const steps = parseSteps(content['in'])
  if (steps === undefined) return failed('"in" is neither a list of pairs nor an object')
  const entries = steps.map(([key, value]): TrieEntry => {
    const bytes = toBytes(key)
    return { key: hashing === undefined ? bytes : hashing(bytes), value: value === null ? undefined : toBytes(value) }
  })
  const ways: [way: string, order: TrieEntry[], run: typeof oneByOne][] = [
    ['one by one', entries, oneByOne],
    ['as one batch', entries, asOneBatch],
  ]
  if (!Array.isArray(content['in'])) ways.push(['one by one, backwards', [...entries].reverse(), oneByOne])
  for (const [way, order, run] of ways) {
    const trie = new PartialTrie({ root: EMPTY_ROOT, source: NO_NODES, keccak })
    run(trie, order)
    const root = bytesToHex(trie.root())
    if (root !== expected) return failed(`${way}: root ${root}, expected ${expected}`)
    const wrong = wrongValue(trie, order)
    if (wrong !== undefined) return failed(`${way}: key ${bytesToHex(wrong)} does not read back`)
  }
  return { kind: 'passed' }
}

const NO_NODES: NodeSource = { node: () => undefined }

function oneByOne(trie: PartialTrie, entries: readonly TrieEntry[]): void {
  for (const entry of entries) trie.batch([entry])
}

function asOneBatch(trie: PartialTrie, entries: readonly TrieEntry[]): void {
  trie.batch(entries)
}

/** The first key whose value is not the one given last. */
function wrongValue(trie: PartialTrie, entries: readonly TrieEntry[]): Uint8Array | undefined {
  const last = new Map(entries.map((entry) => [bytesToHex(entry.key), entry]))
  for (const { key, value } of last.values()) {
    const found = trie.get(key)
    if (show(found) !== show(value)) return key
  }
  return undefined
}

function show(value: Uint8Array | undefined): string {
  return value === undefined || value.length === 0 ? 'absent' : bytesToHex(value)
}

type Step = [key: string, value: string | null]

function parseSteps(input: unknown): Step[] | undefined {
  const pairs: unknown[] = Array.isArray(input) ? input : isRecord(input) ? Object.entries(input) : [undefined]
  return pairs.every(isStep) ? pairs : undefined
}

function isStep(pair: unknown): pair is Step {
  if (!Array.isArray(pair) || pair.length !== 2) return false
  const [key, value] = pair as unknown[]
  return typeof key === 'string' && (value === null || typeof value === 'string')
}

function toBytes(text: string): Uint8Array {
  return isHexString(text) ? hexToBytes(text) : utf8ToBytes(text)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function failed(error: string): Outcome {
  return { kind: 'failed', error }
}
