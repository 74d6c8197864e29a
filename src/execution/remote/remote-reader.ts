/**
 * The parent state as an EVM worker reads it: from the values that came with the job, else by request. Requests of one
 * moment travel in one message. Code is kept from job to job.
 */
import type { AddressBytes, Hash } from '../../chain/bytes.ts'
import { asHash } from '../../chain/bytes.ts'
import { DataFaultError } from '../../state/data-fault.ts'
import type { AccountValue, FlatReader, MaybePromise } from '../../state/flat-reader.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { HashedKeys } from '../../state/hashed-keys.ts'
import type { CodeCache } from './code-cache.ts'
import type { Access, CachedCode, KnownValues, ReadAnswer, ReadRequest, StateHome } from './evm-messages.ts'

interface Waiting {
  readonly request: ReadRequest
  readonly resolve: (answer: ReadAnswer) => void
  readonly reject: (error: unknown) => void
}

/** Always: each account and slot asked for is in {@link accessed} once per question, whoever answered. */
export class RemoteReader implements FlatReader {
  private readonly accesses = new Map<string, { address: AddressBytes; slots: Uint8Array[] }>()
  private readonly cached = new Map<string, CachedCode>()
  private queue: Waiting[] = []

  constructor(
    private readonly known: KnownValues,
    private readonly home: Pick<StateHome, 'read'>,
    private readonly keys: HashedKeys,
    private readonly codes: CodeCache,
  ) {}

  account(address: AddressBytes): MaybePromise<AccountValue | undefined> {
    const key = hashKey(this.keys.hash(address))
    this.access(key, address)
    const known = this.known.accounts.get(key)
    if (known !== undefined || this.known.accounts.has(key)) return known
    return this.ask({ kind: 'account', address }).then(accountAnswer)
  }

  storage(address: AddressBytes, slot: Uint8Array): MaybePromise<Uint8Array> {
    const key = hashKey(this.keys.hash(address))
    this.access(key, address).push(slot)
    const known = this.known.slots.get(key + hashKey(this.keys.hash(slot)))
    return known ?? this.ask({ kind: 'storage', address, slot }).then(bytesAnswer)
  }

  code(codeHash: Hash, address: AddressBytes): MaybePromise<Uint8Array> {
    const kept = this.codes.get(codeHash)
    if (kept !== undefined) {
      this.cached.set(hashKey(codeHash), { hash: codeHash, bytes: kept })
      return kept
    }
    return this.ask({ kind: 'code', codeHash, address }).then((answer) => this.codes.add(codeHash, bytesAnswer(answer)))
  }

  accessed(): Access[] {
    return [...this.accesses.values()]
  }

  /** What {@link code} answered without asking. */
  cachedCodes(): CachedCode[] {
    return [...this.cached.values()]
  }

  private access(key: string, address: AddressBytes): Uint8Array[] {
    let access = this.accesses.get(key)
    if (access === undefined) this.accesses.set(key, (access = { address, slots: [] }))
    return access.slots
  }

  private ask(request: ReadRequest): Promise<ReadAnswer> {
    return new Promise((resolve, reject) => {
      if (this.queue.length === 0) queueMicrotask(() => void this.send())
      this.queue.push({ request, resolve, reject })
    })
  }

  private async send(): Promise<void> {
    const batch = this.queue
    this.queue = []
    try {
      const answers = await this.home.read(batch.map(({ request }) => request))
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index]!)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}

function accountAnswer(answer: ReadAnswer): AccountValue | undefined {
  if (answer.kind === 'fault') throw new DataFaultError(answer.fault)
  if (answer.kind === 'bytes') throw new TypeError('an account was asked for and bytes came')
  const { value } = answer
  return value === undefined
    ? undefined
    : { ...value, codeHash: asHash(value.codeHash), storageRoot: asHash(value.storageRoot) }
}

function bytesAnswer(answer: ReadAnswer): Uint8Array {
  if (answer.kind === 'fault') throw new DataFaultError(answer.fault)
  if (answer.kind === 'account') throw new TypeError('bytes were asked for and an account came')
  return answer.value
}
