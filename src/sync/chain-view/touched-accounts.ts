/** Accounts that a block has changed and that have no code: people's, for the most part. */
import { hexToBytes } from '@ethereumjs/util'
import { asAddress, type AddressBytes } from '../../chain/bytes.ts'
import { equalBytes } from '../../execution/words.ts'
import { EMPTY_CODE_HASH } from '../../state/state-trie.ts'
import type { BlockRecord } from '../../state/store/store.ts'

/** None where the record does not say what was written. */
export function touchedAccounts({ executed }: Pick<BlockRecord, 'executed'>): AddressBytes[] {
  return Array.from(executed?.writes?.accounts ?? []).flatMap(([address, write]) =>
    write.kind === 'updated' && equalBytes(write.codeHash, EMPTY_CODE_HASH)
      ? [asAddress(hexToBytes(`0x${address}`))]
      : [],
  )
}
