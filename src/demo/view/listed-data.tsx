/** What the page's server offers, each with a button. Absent where the server has none. */
import type { ListedChain, Listing } from '../data-listing.ts'
import { formatBytes, formatCount } from '../format.ts'
import type { PageModel } from '../page-model.ts'

export function ListedData({ listing, model }: { readonly listing: Listing; readonly model: PageModel }) {
  if (listing.kind === 'loading' || listing.kind === 'none') return null
  if (listing.kind === 'failed') return <p class="hint problem">No list from the server: {listing.reason}</p>
  const { blocks, chains } = listing
  return (
    <section class="listed" aria-labelledby="listed-title">
      <div class="section-head">
        <h3 id="listed-title">On this server</h3>
        {blocks.length > 1 && (
          <button type="button" onClick={() => model.verifyListed(blocks)}>
            Verify all {formatCount(blocks.length, 'block')}
          </button>
        )}
      </div>
      <ul class="listed-items" tabIndex={0} aria-labelledby="listed-title">
        {chains.map((chain) => (
          <ListedItem
            key={chain.name}
            name={chain.name}
            size={`${formatCount(chain.files.length, 'file')}, ${formatBytes(chain.bytes)}`}
            onVerify={() => model.verifyListedChain(chain satisfies ListedChain)}
          />
        ))}
        {blocks.map((block) => (
          <ListedItem
            key={block.path}
            name={block.name}
            size={formatBytes(block.bytes)}
            onVerify={() => model.verifyListed([block])}
          />
        ))}
      </ul>
    </section>
  )
}

interface ListedItemProps {
  readonly name: string
  readonly size: string
  readonly onVerify: () => void
}

function ListedItem({ name, size, onVerify }: ListedItemProps) {
  return (
    <li>
      <span class="item-name">{name}</span>
      <span class="item-size">{size}</span>
      <button type="button" onClick={onVerify}>
        Verify<span class="visually-hidden"> {name}</span>
      </button>
    </li>
  )
}
