/** Ids of subscriptions and filters: 128 bits of chance, as geth's, so that nobody guesses those of others. */
import { data } from '../../network/json-rpc/hex.ts'

export const newId = (): string => data(globalThis.crypto.getRandomValues(new Uint8Array(16)))
