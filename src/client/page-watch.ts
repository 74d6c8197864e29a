/** What a page knows about whether its visitor looks at it, and what its connection costs. */

export interface PageConditions {
  readonly isHidden: boolean
  readonly savesData: boolean
  readonly isMetered: boolean
}

export interface PageWatch {
  conditions(): PageConditions
  /** @returns ends it */
  watch(onChange: () => void): () => void
}

/** Where there is no page: nobody looks away, and nobody said what the connection costs. */
export const NO_PAGE: PageWatch = {
  conditions: () => ({ isHidden: false, savesData: false, isMetered: false }),
  watch: () => () => undefined,
}

/** Of the Network Information API (WICG), which not all browsers have: what they do not say is taken for free. */
interface ConnectionLike extends EventTarget {
  readonly saveData?: boolean
  readonly type?: string
  /** Proposed, and where it is there, more to the point than the type. */
  readonly metered?: boolean
}

type PageLike = EventTarget & Pick<Document, 'visibilityState'>

export function watchedPage(page: PageLike, connection: ConnectionLike | undefined): PageWatch {
  return {
    conditions: () => ({
      isHidden: page.visibilityState === 'hidden',
      savesData: connection?.saveData === true,
      isMetered: connection?.metered ?? connection?.type === 'cellular',
    }),
    watch: (onChange) => {
      page.addEventListener('visibilitychange', onChange)
      connection?.addEventListener('change', onChange)
      return () => {
        page.removeEventListener('visibilitychange', onChange)
        connection?.removeEventListener('change', onChange)
      }
    },
  }
}

/** Of the document this runs in. */
export function browserPage(): PageWatch {
  if (typeof document === 'undefined') return NO_PAGE
  return watchedPage(document, (navigator as Navigator & { readonly connection?: ConnectionLike }).connection)
}
