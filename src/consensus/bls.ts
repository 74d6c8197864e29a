/**
 * Sync-committee signatures with herumi's BLS in wasm, as `@chainsafe/bls` initialises it. Parsing and validating 512
 * keys costs 140 ms, a pairing 6 ms; a committee comes with the proven sum of its keys, and members are rarely absent,
 * so a signature is checked against that sum less the absent members. Signatures of a batch share one final exponentiation:
 * measured in batches of 30, a signature takes half the time that it takes alone.
 */
import { byteArrayEquals } from '@chainsafe/ssz'
import type { BitArray } from '@chainsafe/ssz'
import type * as Herumi from 'bls-eth-wasm'
import type { SyncCommittee } from './containers/ssz-types.ts'
import type { SignatureClaim, SignatureVerdict, SyncCommitteeVerifier } from './sync-committee-verifier.ts'

type Point = InstanceType<typeof Herumi.PublicKey>
export type HerumiBls = typeof Herumi

export const PUBLIC_KEY_LENGTH = 48
export const SIGNATURE_LENGTH = 96

/** Bit of a compressed point's first byte that tells y from -y (ZCash serialization). */
const SIGN_BIT = 0x20

/**
 * Claims in one multi-pairing. What a batch saves grows little beyond; one false claim costs the whole batch, and its
 * points, 460 bytes a claim, lie on the wasm's stack.
 */
const MAX_BATCH = 32

/** Claims remembered per committee: it is asked of one at a time, or of one batch's. */
const MAX_PROVEN_CLAIMS = 4

/** A key that is no point of the group, or its identity. */
export class InvalidKeyError extends Error {
  override name = 'InvalidKeyError'
}

let loading: Promise<HerumiBls> | undefined

/**
 * Loads the wasm once per thread. The import is dynamic because the module awaits its own start at top level: in a
 * worker's static imports that would lose the messages that arrive meanwhile.
 */
export function loadHerumi(): Promise<HerumiBls> {
  loading ??= (async () => {
    await import('@chainsafe/bls/herumi')
    const module = (await import('bls-eth-wasm')) as unknown as { readonly default: HerumiBls }
    return module.default
  })()
  return loading
}

export async function loadSyncCommitteeVerifier(): Promise<SyncCommitteeVerifier> {
  const herumi = await loadHerumi()
  // Keys live as long as their committee: whoever holds committees bounds this too.
  const known = new WeakMap<SyncCommittee, CommitteeKeys>()
  const keysOf = (committee: SyncCommittee): CommitteeKeys => {
    const keys = known.get(committee) ?? new CommitteeKeys(herumi, committee)
    known.set(committee, keys)
    return keys
  }
  return {
    verify: (committee, bits, message, signature) =>
      verify(herumi, keysOf(committee), { committee, bits, message, signature }),
    anticipate: (claims) => {
      for (let at = 0; at < claims.length; at += MAX_BATCH) {
        anticipate(herumi, keysOf, claims.slice(at, at + MAX_BATCH))
      }
    },
    isAggregateSound: (committee) => keysOf(committee).isAggregateSound(),
  }
}

/** KeyValidate: a point of the right subgroup and not the identity. @throws {InvalidKeyError} */
export function parsePublicKey(herumi: HerumiBls, bytes: Uint8Array): Point {
  const point = new herumi.PublicKey()
  try {
    if (bytes.length !== PUBLIC_KEY_LENGTH) throw new RangeError(`${bytes.length} bytes`)
    point.deserialize(bytes)
  } catch (cause) {
    throw new InvalidKeyError('a public key is no point of the group', { cause })
  }
  if (point.isZero()) throw new InvalidKeyError('a public key is the identity')
  return point
}

/** Undefined when the bytes are no point of the group. The identity is one. */
export function parseSignature(
  herumi: HerumiBls,
  bytes: Uint8Array,
): InstanceType<typeof Herumi.Signature> | undefined {
  const point = new herumi.Signature()
  try {
    if (bytes.length !== SIGNATURE_LENGTH) return undefined
    point.deserialize(bytes)
    return point
  } catch {
    return undefined
  }
}

function verify(herumi: HerumiBls, keys: CommitteeKeys, claim: SignatureClaim): SignatureVerdict {
  if (keys.hasProven(claim)) return { kind: 'valid' }
  const signature = parseSignature(herumi, claim.signature)
  if (signature === undefined) return { kind: 'invalid', why: 'the signature is no point of the group' }
  try {
    const key = keys.sumOfSigners(claim.bits)
    if (key.isZero()) return { kind: 'invalid', why: 'the signers’ keys sum up to the identity' }
    return key.verify(signature, claim.message)
      ? { kind: 'valid' }
      : { kind: 'invalid', why: 'the signature is not one of these members over this header' }
  } catch (error) {
    if (error instanceof InvalidKeyError) return { kind: 'invalid', why: error.message }
    throw error
  }
}

/**
 * One multi-pairing over all claims, each weighted with 64 random bits: false claims that cancel each other out pass with
 * a chance of 2^-64. What cannot even be read is left to {@link verify}, and so is every claim of a batch that fails.
 */
function anticipate(
  herumi: HerumiBls,
  keysOf: (committee: SyncCommittee) => CommitteeKeys,
  claims: readonly SignatureClaim[],
): void {
  const readable = claims.flatMap((claim) => {
    const keys = keysOf(claim.committee)
    const signature = parseSignature(herumi, claim.signature)
    const key = signature && keys.trySumOfSigners(claim.bits)
    return signature === undefined || key === undefined || key.isZero() ? [] : [{ claim, keys, key, signature }]
  })
  // A single one costs no less here than alone.
  if (readable.length < 2) return
  const holds = herumi.multiVerify(
    readable.map(({ key }) => key),
    readable.map(({ signature }) => signature),
    readable.map(({ claim }) => claim.message),
  )
  if (holds) for (const { claim, keys } of readable) keys.noteProven(claim)
}

/** The validated keys of one committee, parsed when first needed. */
class CommitteeKeys {
  readonly #herumi: HerumiBls
  readonly #committee: SyncCommittee
  readonly #added = new Map<number, Point>()
  readonly #subtracted = new Map<number, Point>()
  #aggregate: Point | undefined
  #isSound: boolean | undefined
  readonly #proven: SignatureClaim[] = []

  constructor(herumi: HerumiBls, committee: SyncCommittee) {
    this.#herumi = herumi
    this.#committee = committee
  }

  /** Counted by position, since a validator may sit in a committee several times. @throws {InvalidKeyError} */
  sumOfSigners(bits: BitArray): Point {
    const signed = bits.toBoolArray()
    const signers = signed.flatMap((bit, i) => (bit ? [i] : []))
    if (signers.length * 2 <= signed.length) return this.#sum(signers)
    const sum = this.#aggregateKey().clone()
    for (const [i, bit] of signed.entries()) if (!bit) sum.add(this.#negated(i))
    return sum
  }

  /** Undefined where a key among them is none. */
  trySumOfSigners(bits: BitArray): Point | undefined {
    try {
      return this.sumOfSigners(bits)
    } catch (error) {
      if (error instanceof InvalidKeyError) return undefined
      throw error
    }
  }

  noteProven(claim: SignatureClaim): void {
    this.#proven.push(claim)
    if (this.#proven.length > MAX_PROVEN_CLAIMS) this.#proven.shift()
  }

  hasProven({ bits, message, signature }: SignatureClaim): boolean {
    return this.#proven.some(
      (known) =>
        byteArrayEquals(known.signature, signature) &&
        byteArrayEquals(known.message, message) &&
        known.bits.bitLen === bits.bitLen &&
        byteArrayEquals(known.bits.uint8Array, bits.uint8Array),
    )
  }

  isAggregateSound(): boolean {
    this.#isSound ??= this.#sumsUp()
    return this.#isSound
  }

  #sumsUp(): boolean {
    try {
      return this.#sum(this.#committee.pubkeys.keys()).isEqual(this.#aggregateKey())
    } catch (error) {
      if (error instanceof InvalidKeyError) return false
      throw error
    }
  }

  #sum(positions: Iterable<number>): Point {
    const sum = new this.#herumi.PublicKey()
    for (const position of positions) sum.add(this.#key(position))
    return sum
  }

  #key(position: number): Point {
    const known = this.#added.get(position) ?? parsePublicKey(this.#herumi, this.#bytes(position))
    this.#added.set(position, known)
    return known
  }

  /** The compressed form of -P is that of P with the other sign, so subtracting costs no more than adding. */
  #negated(position: number): Point {
    const known = this.#subtracted.get(position)
    if (known !== undefined) return known
    const bytes = Uint8Array.from(this.#bytes(position))
    bytes[0] = (bytes[0] ?? 0) ^ SIGN_BIT
    const point = parsePublicKey(this.#herumi, bytes)
    this.#subtracted.set(position, point)
    return point
  }

  #aggregateKey(): Point {
    this.#aggregate ??= parsePublicKey(this.#herumi, this.#committee.aggregatePubkey)
    return this.#aggregate
  }

  #bytes(position: number): Uint8Array {
    const bytes = this.#committee.pubkeys[position]
    if (bytes === undefined) throw new InvalidKeyError(`the committee has no member ${position}`)
    return bytes
  }
}
