/**
 * What the owner of the trie and an EVM worker say to each other. Everything survives `structuredClone`; nothing is thrown
 * across, because an error loses its class on the way.
 */
import type { AddressBytes, Hash } from '../../chain/bytes.ts'
import type { DataFault } from '../../state/data-fault.ts'
import type { AccountValue } from '../../state/flat-reader.ts'
import type { StateWrites } from '../../state/state-writes.ts'
import type { ExecutionJob, ExecutionOutcome, InvalidBlockError } from '../block/execute-block.ts'

/** Values of the parent state that a job brings along, by hashed keys: the trie knows no others. */
export interface KnownValues {
  /** By {@link hashKey} of the hashed address. */
  readonly accounts: ReadonlyMap<string, AccountValue>
  /** By {@link hashKey} of the hashed address and of the hashed slot, joined. */
  readonly slots: ReadonlyMap<string, Uint8Array>
}

export type ReadRequest =
  | { readonly kind: 'account'; readonly address: AddressBytes }
  | { readonly kind: 'storage'; readonly address: AddressBytes; readonly slot: Uint8Array }
  | { readonly kind: 'code'; readonly codeHash: Hash; readonly address: AddressBytes }

export type ReadAnswer =
  /** Undefined is proven absence. */
  | { readonly kind: 'account'; readonly value: AccountValue | undefined }
  /** A slot's value or a code. */
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'fault'; readonly fault: DataFault }

/** An account, and its slots, that the execution read. */
export interface Access {
  readonly address: AddressBytes
  readonly slots: readonly Uint8Array[]
}

/** Code that the execution ran, from the worker's own cache: the owner of the state has not been asked for it. */
export interface CachedCode {
  readonly hash: Hash
  readonly bytes: Uint8Array
}

/** The side that owns the state, as a running job sees it. */
export interface StateHome {
  /** In the order of the requests. */
  read(requests: readonly ReadRequest[]): Promise<ReadAnswer[]>
  intermediateRoot(writes: StateWrites): Promise<IntermediateAnswer>
}

export type IntermediateAnswer =
  { readonly kind: 'root'; readonly root: Hash } | { readonly kind: 'fault'; readonly fault: DataFault }

export type ExecutionAnswer =
  | {
      readonly kind: 'done'
      readonly outcome: ExecutionOutcome
      readonly accessed: readonly Access[]
      readonly cachedCodes: readonly CachedCode[]
    }
  | { readonly kind: 'fault'; readonly fault: DataFault }
  | { readonly kind: 'invalid'; readonly code: InvalidBlockError['code']; readonly message: string }

/** An EVM worker's service. One job at a time. */
export interface EvmService {
  execute(job: ExecutionJob, known: KnownValues, home: StateHome): Promise<ExecutionAnswer>
}
