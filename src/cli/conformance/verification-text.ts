/** What became of a block, in the words of a failure report. */
import type { Verification } from '../../execution/block/verification.ts'
import { describeFault } from '../../state/data-fault.ts'

export function verificationText(verification: Verification): string {
  switch (verification.kind) {
    case 'verified':
      return 'verified'
    case 'mismatch': {
      const { field, expected, actual } = verification.mismatch
      return `mismatch of ${field}: expected ${expected}, got ${actual}`
    }
    case 'fault':
      return `data fault: ${describeFault(verification.fault)}`
    case 'rejected':
      return `rejected (${verification.code}): ${verification.message}`
  }
}
