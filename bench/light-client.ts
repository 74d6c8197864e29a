/** `light-client`: 60 periods of mainnet, by aggregate keys and by parsing all keys; one finality update; a reload. */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { LightClientVariant } from './light-client-service.ts'
import { median } from './median.ts'
import type { BenchThread, Threads } from './threads.ts'

const PERIODS = 60
const FILES = ['bootstrap_slot11034656.ssz', 'updates_1347_46.ssz', 'updates_1393_14.ssz']

const MEASURED = 5

/** Each run takes ten seconds, next to which chance is small. */
const MEASURED_PARSING = 3

const MEASURED_FINALITY = 20

export async function benchLightClient(
  threads: Threads,
  files: readonly string[],
  print: (line: object) => void,
): Promise<void> {
  const paths = files.length > 0 ? files : FILES.map(dataFile)
  const input = await Promise.all(paths.map((path) => readFile(path)))
  const start = (variant: LightClientVariant) => threads.start<number>('light-client', input, variant)
  const line = { bench: 'light-client', where: threads.where }

  const [sync, parsing] = [await start('sync'), await start('parsing')]
  const firstMs = await sync.run()
  const ms: number[] = []
  const parsingMs: number[] = []
  // The sides take turns, so that a busy moment hits both.
  for (let i = 0; i < MEASURED; i++) {
    ms.push(await sync.run())
    if (i < MEASURED_PARSING) parsingMs.push(await parsing.run())
  }
  await Promise.all([sync.end(), parsing.end()])
  print({
    ...line,
    periods: PERIODS,
    ms: tenths(median(ms)),
    parsingMs: tenths(median(parsingMs)),
    ratio: tenths(median(parsingMs) / median(ms)),
    firstMs: tenths(firstMs),
  })

  const finality = await measured(await start('finality'), MEASURED_FINALITY)
  print({ ...line, step: 'finality', ...finality })
  print({ ...line, step: 'reload', periods: PERIODS, ...(await measured(await start('reload'), MEASURED)) })
  // Node has no IndexedDB to read the heads from.
  if (threads.where === 'chromium') {
    print({ ...line, step: 'resume', ...(await measured(await start('resume'), MEASURED)) })
  }
}

/** `firstMs`: cold; it sums the committee where a head is verified. */
async function measured(thread: BenchThread<number>, times: number) {
  const firstMs = await thread.run()
  const runs: number[] = []
  for (let i = 0; i < times; i++) runs.push(await thread.run())
  await thread.end()
  return { ms: tenths(median(runs)), firstMs: tenths(firstMs) }
}

function dataFile(name: string): string {
  const data = resolve(process.env['BEAMTAB_DATA'] ?? '../shared/data')
  return join(data, 'lightclient', 'mainnet-deneb-1347-1406', name)
}

const tenths = (value: number): number => Number(value.toFixed(1))
