/**
 * The accounts that a visit's questions name themselves, as wallets and pages name those of their users: which server is
 * asked about each of them, and with which others it is asked about.
 *
 * Always: while the servers that were asked about an account work, nobody else is; a server that is told of another one is
 * told of as few as any that works. So of n accounts and k servers that work, each is told of n / k, rounded up: of two
 * accounts, no server of two is told both. At most {@link MAX_OWN_ACCOUNTS}, those named last.
 */
import type { AddressBytes } from '../../chain/bytes.ts'
import { DECOYS, MAX_OWN_ACCOUNTS } from './constants.ts'

interface OwnAccount {
  /** Names of the servers that were told of it, in the order in which they were. */
  readonly homes: string[]
  /** Once chosen, the same with each question: what is asked together twice would be told apart otherwise. */
  decoys: readonly AddressBytes[]
}

export class OwnAccounts {
  /** By the key of the address's hash; the one named last stands last. */
  readonly #accounts = new Map<string, OwnAccount>()
  /** Accounts that each server was told of, by its name; one that comes back has not forgotten. */
  readonly #told = new Map<string, number>()

  /** @param random uniform in 0..1, 1 excluded */
  constructor(private readonly random: () => number) {}

  note(key: string): void {
    const known = this.#accounts.get(key)
    this.#accounts.delete(key)
    this.#accounts.set(key, known ?? { homes: [], decoys: [] })
    const [oldest] = this.#accounts.keys()
    if (this.#accounts.size > MAX_OWN_ACCOUNTS && oldest !== undefined) this.#accounts.delete(oldest)
  }

  has(key: string): boolean {
    return this.#accounts.has(key)
  }

  /** Whether it is one that {@link mix} would choose others for. */
  isAlone(key: string): boolean {
    return this.#accounts.get(key)?.decoys.length === 0
  }

  /** It is asked about with some of these from now on, none of them the visit's own: its server may not be the one that knows of that. */
  mix(key: string, others: readonly AddressBytes[], keyOf: (address: AddressBytes) => string): void {
    const account = this.#accounts.get(key)
    if (account?.decoys.length !== 0) return
    const left = [...others]
    const chosen: AddressBytes[] = []
    while (chosen.length < DECOYS && left.length > 0) {
      const drawn = left.splice(this.#draw(left.length), 1)
      chosen.push(...drawn.filter((address) => !this.has(keyOf(address))))
    }
    account.decoys = chosen
  }

  decoysOf(key: string): readonly AddressBytes[] {
    return this.#accounts.get(key)?.decoys ?? []
  }

  /** Who is asked about it, of some that work. It counts as told from now on. */
  homeOf(key: string, working: readonly string[]): string {
    const account = this.#accounts.get(key)
    const known = account?.homes.find((home) => working.includes(home))
    if (known !== undefined) return known
    const fewest = Math.min(...working.map((name) => this.#toldOf(name)))
    const candidates = working.filter((name) => this.#toldOf(name) === fewest)
    const home = candidates[this.#draw(candidates.length)]!
    this.tell(key, home)
    return home
  }

  /** This server learns of it, with others that it is asked about. */
  tell(key: string, name: string): void {
    const account = this.#accounts.get(key)
    if (account === undefined || account.homes.includes(name)) return
    account.homes.push(name)
    this.#told.set(name, this.#toldOf(name) + 1)
  }

  #toldOf(name: string): number {
    return this.#told.get(name) ?? 0
  }

  #draw(count: number): number {
    return Math.floor(this.random() * count)
  }
}
