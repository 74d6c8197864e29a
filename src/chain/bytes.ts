/**
 * Byte strings that must not be mixed up carry their kind in the type. At run time they are plain `Uint8Array`s;
 * the constructors below check the length, which is the only thing that can be checked without a proof.
 */
declare const kind: unique symbol
type Branded<Kind extends string> = Uint8Array & { readonly [kind]: Kind }

/** keccak256 of something: a trie node, code, an execution header. */
export type Hash = Branded<'Hash'>
/** SSZ hash tree root: a beacon block, a state, a committee. */
export type Root = Branded<'Root'>
/** 20-byte execution address. */
export type AddressBytes = Branded<'Address'>
/** `0x` and an even number of lower-case hex digits. */
export type Hex = `0x${string}`

export class LengthError extends Error {
  override name = 'LengthError'
}

function checked(bytes: Uint8Array, length: number, what: string): Uint8Array {
  if (bytes.length !== length) throw new LengthError(`${what} is ${bytes.length} bytes long, expected ${length}`)
  return bytes
}

/** @throws {LengthError} unless 32 bytes long */
export const asHash = (bytes: Uint8Array): Hash => checked(bytes, 32, 'a hash') as Hash
/** @throws {LengthError} unless 32 bytes long */
export const asRoot = (bytes: Uint8Array): Root => checked(bytes, 32, 'a root') as Root
/** @throws {LengthError} unless 20 bytes long */
export const asAddress = (bytes: Uint8Array): AddressBytes => checked(bytes, 20, 'an address') as AddressBytes

/** A hash function over bytes, synchronous once loaded. */
export type Keccak = (message: Uint8Array) => Uint8Array
