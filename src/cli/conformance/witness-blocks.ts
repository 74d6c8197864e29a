/** Suite `witness-blocks`: real blocks with the trie nodes and codes to execute them, verified from nothing else. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { readStatelessBlock } from '../../execution/stateless-block.ts'
import { verifyStatelessBlock } from '../../execution/verify-stateless-block.ts'
import type { ConformanceCase, Outcome, Suite } from './suite.ts'
import { verificationText } from './verification-text.ts'

export const witnessBlocks: Suite = {
  name: 'witness-blocks',
  folder: 'witness-blocks',
  async *cases(folder) {
    const files = (await readdir(folder)).filter((file) => file.endsWith('.json.gz'))
    for (const file of files.sort()) yield witnessBlock(folder, file)
  },
}

function witnessBlock(folder: string, file: string): ConformanceCase {
  return {
    name: file,
    async run(): Promise<Outcome> {
      const block = await readStatelessBlock(await readFile(join(folder, file)))
      const { verification } = await verifyStatelessBlock(block, { crypto: await loadWasmCrypto() })
      if (verification.kind === 'verified') return { kind: 'passed' }
      return { kind: 'failed', error: verificationText(verification) }
    },
  }
}
