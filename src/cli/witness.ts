/** `witness`: fetches what executes one block, in any of the forms that servers have, and writes it for `verify`. */
import { BlockEncodingError } from '../execution/block/raw-block.ts'
import { RequestError } from '../network/request-server.ts'
import { runCommand } from './run-command.ts'
import { WitnessError } from '../network/on-demand/witness-error.ts'
import { WITNESS_USAGE, witnessCommand } from './witness/witness-options.ts'

await runCommand(WITNESS_USAGE, async (argv, environment) => {
  const command = await witnessCommand(argv)
  try {
    // What executes is loaded once there is something to fetch: bad usage is told at once.
    const [{ fetchWitness }, { loadWasmCrypto }] = await Promise.all([
      import('./witness/fetch-witness.ts'),
      import('../execution/crypto/wasm-crypto.ts'),
    ])
    environment.print(await fetchWitness(command, await loadWasmCrypto()))
    return 0
  } catch (error) {
    // What went wrong with server or block is all there is to say; anything else is a defect, with its stack.
    const isForeseen =
      error instanceof WitnessError || error instanceof RequestError || error instanceof BlockEncodingError
    if (!isForeseen) throw error
    environment.log(`${error.name}: ${error.message}`)
    return 1
  }
})
