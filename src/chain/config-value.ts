/** Reads a configuration given as JSON field by field, so that an error names the field, what it should be and what it is. */
import { hexToBytes } from '@ethereumjs/util'

export class NetworkConfigError extends Error {
  override name = 'NetworkConfigError'
  constructor(
    /** Path of the field, such as `forks[3].version`. */
    readonly field: string,
    expected: string,
    came: unknown,
  ) {
    super(`${field}: expected ${expected}, got ${shown(came)}`)
  }
}

/** A JSON value that knows where it stands. Every reader throws {@link NetworkConfigError} when the value is of another shape. */
export class ConfigValue {
  constructor(
    readonly value: unknown,
    readonly path: string,
  ) {}

  /** JSON has two ways to leave a field out. */
  get absent(): boolean {
    return this.value === undefined || this.value === null
  }

  get(name: string): ConfigValue {
    return new ConfigValue(this.object()[name], `${this.path}.${name}`)
  }

  object(): Readonly<Record<string, unknown>> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) this.fail('an object')
    return this.value as Record<string, unknown>
  }

  list(): ConfigValue[] {
    if (!Array.isArray(this.value)) this.fail('a list')
    return (this.value as unknown[]).map((item, i) => new ConfigValue(item, `${this.path}[${i}]`))
  }

  text(): string {
    if (typeof this.value !== 'string' || this.value === '') this.fail('a text')
    return this.value
  }

  oneOf<T extends string>(allowed: readonly T[]): T {
    if (!allowed.includes(this.value as T)) this.fail(`one of ${allowed.join(', ')}`)
    return this.value as T
  }

  /** A whole number from 0 that JavaScript holds exactly. */
  integer(): number {
    if (!Number.isSafeInteger(this.value) || (this.value as number) < 0) this.fail('a whole number below 2^53')
    return this.value as number
  }

  positive(): number {
    if (typeof this.value !== 'number' || !(this.value > 0) || this.value === Infinity) this.fail('a number above 0')
    return this.value
  }

  bytes(length: number): Uint8Array {
    const text = this.value
    if (typeof text !== 'string' || !/^0x[0-9a-fA-F]*$/.test(text) || text.length !== 2 + 2 * length) {
      this.fail(`${length} bytes as 0x-hex`)
    }
    return hexToBytes(text as `0x${string}`)
  }

  fail(expected: string): never {
    throw new NetworkConfigError(this.path, expected, this.value)
  }
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
