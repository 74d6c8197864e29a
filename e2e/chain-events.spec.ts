/** The page on a devnet to which everything happens: four forks, missed slots, reorganizations, a stretch without finality. */
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { expect, type Page, test } from '@playwright/test'
import { pino } from 'pino'
import { findForkAtSlot } from '../src/chain/beacon-config.ts'
import { asRoot, type Hex } from '../src/chain/bytes.ts'
import { executionBlockHash } from '../src/consensus/containers/light-client-objects.ts'
import { type Devnet, startDevnet } from '../server/devnet/start-devnet.ts'
import { type Gateway, startGateway } from '../server/gateway/start-gateway.ts'
import { MAINNET_PAGE, started } from './page-parts.ts'

/** As fast as two cores take it with a browser beside: the story takes half a minute. */
const SLOT_SECONDS = 0.5
/** Of the minimal preset. */
const EPOCH = 8

/** The page begins in epoch 8, three epochs before the first fork: 12 s to start in. */
const FORKS = { deneb: 0, electra: 11, fulu: 12, gloas: 13 } as const
/** Two of Deneb, one of Electra, the first of Fulu, one of Gloas. */
const MISSED: readonly number[] = [82, 83, 91, 96, 107]
/** Long enough that the page sees each while it lasts. The first ends before Gloas, the second is of Gloas. */
const REORGANIZATIONS = [
  { fromSlot: 98, length: 4, signers: 'all' },
  { fromSlot: 114, length: 4, signers: 'all' },
] as const
/** States of these epochs call nothing new finalized. */
const PAUSE = { fromEpoch: 12, toEpoch: 14 } as const

/** What is finalized before, through and after the pause: the checkpoints of epochs 9, 12 (whose first slot is missed) and 13. */
const FINALIZED_IN_PAUSE = 9 * EPOCH
const FINALIZED_AFTER = [12 * EPOCH - 1, 13 * EPOCH]

/** The last slot that is waited for takes 30 s to come; a busy machine gets twice that. */
const PATIENCE = 60_000

interface ShownHead {
  readonly isProven: boolean
  readonly slot: number
  readonly blockRoot: string
  readonly execution: { readonly hash: string; readonly number: string | undefined } | undefined
}

interface Shown {
  readonly head: ShownHead
  readonly finalized: ShownHead
}

let devnet: Devnet
let gateway: Gateway

test.afterEach(async () => {
  await gateway.close()
  await devnet.close()
})

test('the true head, finality and blocks are shown through forks, gaps, reorganizations and lost finality', async ({
  page,
}) => {
  // Requests that are given up for others' answers fail by intention.
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(String(error)))
  await recordHeads(page)
  await page.goto(MAINNET_PAGE)
  await started(page)
  await startChain()
  await pickNetwork(page)

  await test.step('Deneb, with missed slots', () => atHead(page, 84))
  await test.step('Electra', () => atHead(page, 92))
  await test.step('Fulu, whose first slot is missed, on a branch that does not last', () => atHead(page, 98))
  await test.step('back from it', () => atHead(page, 102))
  await test.step('Gloas, where finality has not moved for three epochs', async () => {
    const { finalized } = await atHead(page, 13 * EPOCH + 4)
    expect(finalized.slot).toBe(FINALIZED_IN_PAUSE)
  })
  await test.step('finality goes on', () => finalizedIs(page, FINALIZED_AFTER[0]!))
  await test.step('after another branch, blocks of Gloas are finalized', async () => {
    await atHead(page, 118)
    await finalizedIs(page, FINALIZED_AFTER[1]!)
  })

  const seen = await recorded(page)
  for (const { head, finalized } of seen) for (const one of [head, finalized]) expect(one).toEqual(truthOf(one))
  const heads = seen.map(({ head }) => head)
  expect(new Set(heads.map(({ slot }) => findForkAtSlot(devnet.network, slot)?.name))).toEqual(
    new Set(Object.keys(FORKS)),
  )
  for (const { fromSlot, length } of REORGANIZATIONS) {
    const left = heads.filter(({ slot }) => slot >= fromSlot && slot < fromSlot + length)
    expect(left.map((head) => blockOf(head).kind)).toContain('orphan')
  }
  const numbered = heads.filter(({ slot, execution }) => slot >= 13 * EPOCH && execution?.number !== undefined)
  expect(numbered).not.toEqual([])
  const finalizedSlots = [...new Set(seen.map(({ finalized }) => finalized.slot))]
  expect(finalizedSlots.slice(-3)).toEqual([FINALIZED_IN_PAUSE, ...FINALIZED_AFTER])
  expect(problems).toEqual([])
})

async function startChain(): Promise<void> {
  devnet = await startDevnet({
    seed: 'events',
    preset: 'minimal',
    slotSeconds: SLOT_SECONDS,
    agePeriods: 1,
    forks: FORKS,
    // A block then takes some ms to make.
    accounts: 200,
    gas: 100_000,
    events: {
      missed: (slot) => (MISSED.includes(slot) ? 1 : 0),
      orphans: REORGANIZATIONS,
      withoutFinality: [PAUSE],
    },
  })
  gateway = await startGateway({ chain: devnet, log: pino({ level: 'silent' }) })
}

async function pickNetwork(page: Page): Promise<void> {
  await page.getByText('A network that is not built in').click()
  await page.getByLabel('Pick a network file').setInputFiles({
    name: 'network.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(devnet.networkFile(gateway.url))),
  })
}

/** Keeps each pair of head and finalized block that the page shows, from the next load on. */
async function recordHeads(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen: unknown[] = []
    Object.assign(window, { seenHeads: seen })
    const cell = (row: Element, label: string) => row.querySelector(`[data-label="${label}"]`)
    const hash = (row: Element, label: string) => cell(row, label)?.querySelector('button')?.title.split('\n')[0]
    const read = (row: Element) => {
      const executionHash = hash(row, 'Execution block')
      const number = row.querySelector('.execution-number')?.textContent
      return {
        isProven: row.classList.contains('proven'),
        slot: Number(cell(row, 'Slot')?.textContent?.replaceAll(',', '')),
        blockRoot: hash(row, 'Block root'),
        ...(executionHash !== undefined && { execution: { hash: executionHash, ...(number && { number }) } }),
      }
    }
    const look = () => {
      const [head, finalized] = [...document.querySelectorAll('tr.head')].map(read)
      if (head?.blockRoot === undefined || finalized?.blockRoot === undefined) return
      const shown = { head, finalized }
      if (JSON.stringify(shown) !== JSON.stringify(seen.at(-1))) seen.push(shown)
    }
    new MutationObserver(look).observe(document, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
      attributeFilter: ['class', 'title'],
    })
  })
}

const recorded = (page: Page): Promise<readonly Shown[]> =>
  page.evaluate(() => (window as unknown as { readonly seenHeads: readonly Shown[] }).seenHeads)

/** Resolves with what the page shows, once its head is of that slot or a later one, and the newest that can be proven. */
async function atHead(page: Page, fromSlot: number): Promise<Shown> {
  let shown: Shown | undefined
  const isAtHead = async (): Promise<boolean> => {
    shown = (await recorded(page)).at(-1)
    const newest = (await devnet.beacon.optimisticUpdate())?.attestedHeader.beacon.slot
    if (shown === undefined || shown.head.slot < fromSlot || shown.head.slot !== newest) return false
    expect(shown.head).toEqual(truthOf(shown.head))
    expect(blockOf(shown.head)).toBe(devnet.beaconChain.chain.headAt(shown.head.slot))
    return true
  }
  await expect.poll(isAtHead, { timeout: PATIENCE, intervals: [50] }).toBe(true)
  return shown!
}

async function finalizedIs(page: Page, slot: number): Promise<void> {
  const finalizedSlot = async () => (await recorded(page)).at(-1)?.finalized.slot
  await expect.poll(finalizedSlot, { timeout: PATIENCE }).toBe(slot)
}

/** What the chain itself says of the block. What is shown of it may lack the number, as long as only the hash is proven. */
function truthOf(shown: ShownHead): ShownHead {
  const { slot, root, header } = blockOf(shown)
  const execution = header.execution && {
    hash: bytesToHex(executionBlockHash(header.execution)),
    ...(shown.execution?.number !== undefined && { number: numberOf(executionBlockHash(header.execution)) }),
  }
  return { isProven: true, slot, blockRoot: bytesToHex(root), execution: execution as ShownHead['execution'] }
}

const numberOf = (hash: Parameters<Devnet['execution']['blockByHash']>[0]): string | undefined =>
  devnet.execution.blockByHash(hash)?.number.toString()

function blockOf({ blockRoot }: ShownHead) {
  const block = devnet.beaconChain.chain.blockByRoot(asRoot(hexToBytes(blockRoot as Hex)))
  if (block === undefined) throw new Error(`the page shows ${blockRoot}, which is no block of the chain`)
  return block
}
