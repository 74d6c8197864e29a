/**
 * `npm run test:interop`: follows a chain that software of others makes (Lodestar and @ethereumjs/client), also through a
 * gateway that relays it and gives witnesses of its blocks, and drives an empty execution client of theirs to its head.
 * One JSON line per check; logs of all programs are kept where it fails.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { checkFinality, checkFollowing } from './checks.ts'
import { checkRelay } from './relay-check.ts'
import { CONSENSUS_NODE, EXECUTION_NODE, install } from './install.ts'
import { RUN_LIMIT_MS } from './limits.ts'
import { Programs } from './programs.ts'
import { startNetwork } from './network.ts'

/** Seconds: with a core for itself the foreign node gets every vote of 64 validators into such a slot. */
const DEFAULT_SLOT_SECONDS = '2'

const { values } = parseArgs({
  options: {
    slot: { type: 'string', default: DEFAULT_SLOT_SECONDS },
    slots: { type: 'string', default: '100' },
  },
})

process.exit(await main(Number(values.slot), Number(values.slots)))

async function main(slotSeconds: number, slots: number): Promise<number> {
  const data = resolve(process.env['BEAMTAB_DATA'] ?? '../shared/data')
  const genesis = join(data, 'chains/interop-genesis-shanghai.json')
  if (!existsSync(genesis)) {
    log(`skipped, no ${genesis} (set BEAMTAB_DATA)`)
    return process.env['BEAMTAB_REQUIRE_DATA'] === '1' ? 1 : 0
  }
  await install(CONSENSUS_NODE, log)
  await install(EXECUTION_NODE, log)
  const folder = mkdtempSync(join(tmpdir(), 'beamtab-interop-'))
  const programs = new Programs(folder)
  try {
    const signal = AbortSignal.timeout(RUN_LIMIT_MS)
    const network = await startNetwork({ programs, folder, genesis, slotSeconds, log, signal })
    print(await checkFinality(network, signal))
    print(await checkRelay(network, signal))
    print(await checkFollowing(network, slots, signal))
    await programs.stopAll()
    rmSync(folder, { recursive: true, force: true })
    return 0
  } catch (error) {
    log(`${programs.tails()}\n\nfailed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    log(`logs: ${folder}`)
    await programs.stopAll()
    return 1
  }
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

function log(line: string): void {
  process.stderr.write(`${line}\n`)
}
