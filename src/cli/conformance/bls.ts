/** Suite `bls`: the vectors of ethereum/bls12-381-tests against the BLS that verifies sync committees. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BitArray } from '@chainsafe/ssz'
import { bytesToHex, concatBytes, hexToBytes } from '@ethereumjs/util'
import { parse } from 'yaml'
import type { HerumiBls } from '../../consensus/bls.ts'
import { loadHerumi, loadSyncCommitteeVerifier, parsePublicKey, parseSignature } from '../../consensus/bls.ts'
import type { ConformanceCase, Outcome, Suite } from './suite.ts'

export const bls: Suite = {
  name: 'bls',
  folder: 'bls12-381-tests',
  async *cases(folder) {
    for (const entry of (await readdir(folder, { withFileTypes: true })).sort(byName)) {
      if (!entry.isDirectory()) continue
      const files = (await readdir(join(folder, entry.name))).filter((file) => /\.(json|ya?ml)$/.test(file))
      for (const file of files.sort()) yield vector(folder, entry.name, file)
    }
  },
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)

interface Vector {
  readonly input: unknown
  /** A hex text, a truth value, or null where the operation must fail. */
  readonly output: unknown
}

function vector(folder: string, kind: string, file: string): ConformanceCase {
  return {
    name: `${kind}/${file}`,
    async run() {
      if (kind === 'hash_to_G2') {
        return {
          kind: 'skipped',
          reason: 'the wasm hashes only while it signs and verifies, which other vectors cover',
        }
      }
      const operation = OPERATIONS[kind]
      if (operation === undefined) return { kind: 'skipped', reason: `no operation is called ${kind}` }
      const { input, output } = parse(await readFile(join(folder, kind, file), 'utf8')) as Vector
      return compare(output, await operation(await loadHerumi(), input))
    },
  }
}

function compare(expected: unknown, came: unknown): Outcome {
  if (expected === came) return { kind: 'passed' }
  return { kind: 'failed', error: `expected ${JSON.stringify(expected)}, got ${JSON.stringify(came)}` }
}

type Operation = (herumi: HerumiBls, input: unknown) => unknown

const OPERATIONS: Readonly<Record<string, Operation>> = {
  sign: (herumi, input) => {
    const { privkey, message } = input as { privkey: string; message: string }
    return orNull(() => {
      const key = new herumi.SecretKey()
      key.deserialize(bytes(privkey))
      if (key.isZero()) throw new RangeError('the zero key signs nothing')
      return bytesToHex(key.sign(bytes(message)).serialize())
    })
  },
  verify: (herumi, input) => {
    const { pubkey, message, signature } = input as { pubkey: string; message: string; signature: string }
    return orFalse(() => publicKey(herumi, pubkey).verify(point(herumi, signature), bytes(message)))
  },
  aggregate: (herumi, input) => {
    const signatures = input as string[]
    return orNull(() => {
      if (signatures.length === 0) throw new RangeError('nothing to aggregate')
      const sum = new herumi.Signature()
      for (const signature of signatures) sum.add(point(herumi, signature))
      return bytesToHex(sum.serialize())
    })
  },
  fast_aggregate_verify: async (_, input) => {
    const { pubkeys, message, signature } = input as { pubkeys: string[]; message: string; signature: string }
    const verifier = await loadSyncCommitteeVerifier()
    // A committee of which just these members signed; as many are absent, so their keys are summed one by one.
    const keys = pubkeys.map(bytes)
    const committee = { pubkeys: [...keys, ...keys], aggregatePubkey: new Uint8Array(48) }
    const bits = BitArray.fromBoolArray(committee.pubkeys.map((_, i) => i < keys.length))
    return verifier.verify(committee, bits, bytes(message), bytes(signature)).kind === 'valid'
  },
  aggregate_verify: (herumi, input) => {
    const { pubkeys, messages, signature } = input as { pubkeys: string[]; messages: string[]; signature: string }
    return orFalse(() =>
      point(herumi, signature).aggregateVerifyNoCheck(
        pubkeys.map((key) => publicKey(herumi, key)),
        concatBytes(...messages.map(bytes)),
      ),
    )
  },
  batch_verify: (herumi, input) => {
    const { pubkeys, messages, signatures } = input as { pubkeys: string[]; messages: string[]; signatures: string[] }
    return orFalse(() =>
      herumi.multiVerify(
        pubkeys.map((key) => publicKey(herumi, key)),
        signatures.map((signature) => point(herumi, signature)),
        messages.map(bytes),
      ),
    )
  },
  // The identity is a point of the group, though no valid key.
  deserialization_G1: (herumi, input) =>
    orFalse(() => {
      new herumi.PublicKey().deserialize(bytes((input as { pubkey: string }).pubkey))
      return true
    }),
  deserialization_G2: (herumi, input) =>
    parseSignature(herumi, bytes((input as { signature: string }).signature)) !== undefined,
}

const publicKey = (herumi: HerumiBls, text: string) => parsePublicKey(herumi, bytes(text))

function point(herumi: HerumiBls, text: string) {
  const signature = parseSignature(herumi, bytes(text))
  if (signature === undefined) throw new RangeError('no point of the group')
  return signature
}

/** Some vectors leave out the 0x. */
function bytes(text: string): Uint8Array {
  return hexToBytes(text.startsWith('0x') ? (text as `0x${string}`) : `0x${text}`)
}

function orNull(operation: () => unknown): unknown {
  try {
    return operation()
  } catch {
    return null
  }
}

function orFalse(operation: () => boolean): boolean {
  return orNull(operation) === true
}
