/** A dapp's page with the client in beam mode, which is killed again and again. It tells what happens as it happens. */
import { createBeamtab } from '../../../src/client/create-beamtab.ts'
import type { BeamNews } from '../../../src/client/public-types.ts'
import { ORDERS_PATH, REPORT_PATH, type PageOrders, type PageReport } from '../report.ts'

/** A way back is longer than the default lag where the machine takes long to start a browser. */
const MAX_LAG = 100

/** Blocks that are executed again at the end, the newest ones. */
const MAX_CHECKED = 24

/** One after another, so that they arrive in order. */
let reports = Promise.resolve()

function report(one: PageReport): void {
  reports = reports
    .then(() => fetch(REPORT_PATH, { method: 'POST', body: JSON.stringify(one) }))
    .then(
      () => undefined,
      () => undefined,
    )
}

addEventListener('error', ({ message }) => report({ kind: 'bad', what: `an error in the page: ${message}` }))
addEventListener('unhandledrejection', ({ reason }) => report({ kind: 'bad', what: `a rejection: ${String(reason)}` }))

report({ kind: 'loaded' })
const { network, isLast } = (await (await fetch(ORDERS_PATH)).json()) as PageOrders
const verified = new Set<string>()
const kept = new Set<string>()
const client = await createBeamtab({
  network,
  mode: 'beam',
  // By hash, so that it shows in a request what is fetched.
  beam: { sources: ['metadata', 'nodes'], maxLag: MAX_LAG, onNews: tell },
})
report({ kind: 'started', kept: client.status().store.blocks, store: client.status().store.kind })
if (isLast) await checkKept()

function tell(news: BeamNews): void {
  switch (news.kind) {
    case 'block': {
      const { number, hash, state, reason, record } = news.block
      if (state === 'invalid' || state === 'disputed' || state === 'skipped')
        report({ kind: 'bad', what: `block ${number} ${hash} is ${state}: ${reason}` })
      if (state !== 'verified') return
      if (!verified.has(hash)) report({ kind: 'verified', number, hash })
      verified.add(hash)
      if (record.kind === 'not-kept') report({ kind: 'bad', what: `block ${number} is not kept: ${record.reason}` })
      if (record.kind === 'kept' && !kept.has(hash)) report({ kind: 'kept', number, hash })
      if (record.kind === 'kept') kept.add(hash)
      return
    }
    case 'pivot':
      return report({ kind: 'pivot', pivot: news.pivot.kind, reason: news.pivot.reason })
    case 'defect':
    case 'dropped':
      return report({ kind: 'bad', what: news.what })
    case 'refused':
      return
  }
}

async function checkKept(): Promise<void> {
  const blocks = (await client.keptBlocks()).slice(0, MAX_CHECKED)
  for (const { number, hash } of blocks) {
    const { outcome } = await client.verifyKeptBlock(hash)
    if (outcome.kind !== 'verified')
      report({ kind: 'bad', what: `block ${number} ${hash} of the store comes to ${JSON.stringify(outcome)}` })
  }
  report({ kind: 'checked', blocks: blocks.length })
}
