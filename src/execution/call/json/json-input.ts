/** Reads JSON of the execution API; what is wrong is named by its path. */
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { asAddress, asHash, type AddressBytes, type Hash } from '../../../chain/bytes.ts'
import { CallError, INVALID_PARAMS } from '../call-error.ts'

export class JsonInput {
  constructor(
    readonly value: unknown,
    readonly path: string,
  ) {}

  /** @throws {CallError} */
  fail(expected: string): never {
    throw new CallError(INVALID_PARAMS, `invalid ${this.path}: expected ${expected}`)
  }

  /** A member; undefined where it is absent or null, which say the same. */
  member<T>(name: string, read: (input: JsonInput) => T): T | undefined {
    const { value } = this
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.fail('an object')
    const member: unknown = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
    return member === undefined || member === null ? undefined : read(new JsonInput(member, `${this.path}.${name}`))
  }

  entries(most: number): [name: string, value: JsonInput][] {
    const { value } = this
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.fail('an object')
    const entries = Object.entries(value)
    if (entries.length > most) return this.fail(`${most} members at most`)
    return entries.map(([name, member]) => [name, new JsonInput(member, `${this.path}.${name}`)])
  }

  list<T>(read: (input: JsonInput) => T, most: number): T[] {
    if (!Array.isArray(this.value)) return this.fail('a list')
    if (this.value.length > most) return this.fail(`${most} entries at most`)
    return this.value.map((item, at) => read(new JsonInput(item, `${this.path}[${at}]`)))
  }

  flag(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.fail('true or false')
  }

  count(): number {
    const { value } = this
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : this.fail('a count')
  }

  text(): string {
    return typeof this.value === 'string' ? this.value : this.fail('a text')
  }

  quantity(bits = 256): bigint {
    const text = this.text()
    if (!/^0x[0-9a-fA-F]+$/.test(text)) return this.fail('a hex quantity')
    const value = BigInt(text)
    return value >> BigInt(bits) === 0n ? value : this.fail(`at most ${bits} bits`)
  }

  data(): Uint8Array {
    const text = this.text()
    if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(text)) return this.fail('hex bytes with 0x')
    return hexToBytes(text as PrefixedHexString)
  }

  address(): AddressBytes {
    const bytes = this.data()
    return bytes.length === 20 ? asAddress(bytes) : this.fail('20 bytes')
  }

  hash(): Hash {
    const bytes = this.data()
    return bytes.length === 32 ? asHash(bytes) : this.fail('32 bytes')
  }
}

export const quantity = (input: JsonInput): bigint => input.quantity()
/** Gas, nonces and times are 64 bits wide in all clients. */
export const quantity64 = (input: JsonInput): bigint => input.quantity(64)
export const data = (input: JsonInput): Uint8Array => input.data()
export const address = (input: JsonInput): AddressBytes => input.address()
export const hash = (input: JsonInput): Hash => input.hash()
export const flag = (input: JsonInput): boolean => input.flag()
export const count = (input: JsonInput): number => input.count()
