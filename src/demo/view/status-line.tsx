/** What the client is doing here: started or not, whether this tab writes the store, what the store holds. */
import type { BeamtabStatus } from '../../client/public-types.ts'
import type { ClientState } from '../client-state.ts'
import { clipped, formatBytes, formatCount } from '../format.ts'
import type { PageModel } from '../page-model.ts'

export function StatusLine({ client, model }: { readonly client: ClientState; readonly model: PageModel }) {
  switch (client.kind) {
    case 'starting':
      return <p class="status">Starting the workers…</p>
    case 'failed':
      return (
        <p class="status problem" role="alert">
          The workers did not start: {client.reason}{' '}
          <button type="button" onClick={() => model.start()}>
            Try again
          </button>
        </p>
      )
    case 'ready':
      return <Ready status={client.status} />
  }
}

function Ready({ status: { leadership, evmWorkers, store } }: { readonly status: BeamtabStatus }) {
  return (
    <>
      <p class="status">
        <Leadership leadership={leadership} />
      </p>
      <dl class="facts">
        <div>
          <dt>Store</dt>
          <dd>
            {formatBytes(store.bytes)} of {formatBytes(store.maxBytes)}
            {store.kind === 'memory' && ', in memory only: a reload forgets it'}
          </dd>
        </div>
        <div>
          <dt>Holds</dt>
          <dd>
            {formatCount(store.nodes, 'node')}, {formatCount(store.blocks, 'block')},{' '}
            {formatCount(store.updates, 'update')}
          </dd>
        </div>
        <div>
          <dt>EVM</dt>
          <dd>{formatCount(evmWorkers, 'worker')}</dd>
        </div>
      </dl>
      {store.problem !== undefined && (
        <p class="status problem" role="alert">
          The store has a problem: {clipped(store.problem)}
        </p>
      )}
    </>
  )
}

function Leadership({ leadership }: Pick<BeamtabStatus, 'leadership'>) {
  switch (leadership) {
    case 'leading':
      return <span>This tab keeps what it proves.</span>
    case 'waiting':
      return (
        <strong>
          Another tab writes the store, and this tab waits for it to close: until then it checks files as usual and
          keeps nothing.
        </strong>
      )
    case 'lost':
      return (
        <strong>
          A script of this site took the store from this tab by force: it checks files as usual and keeps nothing more.
          Reload the page to keep again.
        </strong>
      )
  }
}
