/** How much is under way at once. */
import { CODES, ProviderRpcError } from './provider-rpc-error.ts'

/** A page that polls everything it shows asks a few dozen at a time; a thousand balances at once is still served. */
export const DEFAULT_MAX_UNDER_WAY = 1_000

/** Parameters of all that is under way, in UTF-16 units: four of the largest, or a thousand of 64 Ki. */
export const MAX_CHARACTERS_UNDER_WAY = 64 * 1024 * 1024

export class Load {
  private count = 0
  private characters = 0

  constructor(private readonly maxCount: number) {}

  /** @throws {ProviderRpcError} -32005 (rejects) when there is no room; and what `run` throws */
  async within<T>(method: string, characters: number, run: () => Promise<T>): Promise<T> {
    if (this.count >= this.maxCount) {
      throw limitExceeded(method, `${this.count} requests are under way, the most there may be`)
    }
    if (this.characters + characters > MAX_CHARACTERS_UNDER_WAY) {
      throw limitExceeded(method, `the parameters of what is under way have ${this.characters} characters already`)
    }
    this.count += 1
    this.characters += characters
    try {
      return await run()
    } finally {
      this.count -= 1
      this.characters -= characters
    }
  }
}

const limitExceeded = (method: string, why: string): ProviderRpcError =>
  new ProviderRpcError(CODES.limitExceeded, `${method} is not taken: ${why}. Ask again when some are answered`)
