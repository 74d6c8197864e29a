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
  /** @returns ends it */
  watchSleep(events: SleepEvents): () => void
}

/** A page that sleeps runs nothing, and neither do its workers; what it holds, others wait for. */
export interface SleepEvents {
  /**
   * Nothing runs after this returns. `frozen`: the browser saves power (Page Lifecycle). `cached`: the visitor went elsewhere,
   * and may come back to the page as it is.
   */
  onSleep(how: 'frozen' | 'cached'): void
  onWake(): void
}

/** Where there is no page: nobody looks away, and nobody said what the connection costs. */
export const NO_PAGE: PageWatch = {
  conditions: () => ({ isHidden: false, savesData: false, isMetered: false }),
  watch: () => () => undefined,
  watchSleep: () => () => undefined,
}

/** Of the Network Information API (WICG), which not all browsers have: what they do not say is taken for free. */
interface ConnectionLike extends EventTarget {
  readonly saveData?: boolean
  readonly type?: string
  /** Proposed, and where it is there, more to the point than the type. */
  readonly metered?: boolean
}

type PageLike = EventTarget & Pick<Document, 'visibilityState'>

/** @param view the window: it hears of being left and come back to */
export function watchedPage(
  page: PageLike,
  connection: ConnectionLike | undefined,
  view: EventTarget = new EventTarget(),
): PageWatch {
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
    watchSleep(events) {
      const listening = new AbortController()
      const { signal } = listening
      const ifKept = (act: () => void) => (event: Event) => (event as PageTransitionEvent).persisted && act()
      page.addEventListener('freeze', () => events.onSleep('frozen'), { signal })
      page.addEventListener('resume', () => events.onWake(), { signal })
      view.addEventListener(
        'pagehide',
        ifKept(() => events.onSleep('cached')),
        { signal },
      )
      view.addEventListener(
        'pageshow',
        ifKept(() => events.onWake()),
        { signal },
      )
      return () => listening.abort()
    },
  }
}

/** Of the document this runs in. */
export function browserPage(): PageWatch {
  if (typeof document === 'undefined') return NO_PAGE
  return watchedPage(document, (navigator as Navigator & { readonly connection?: ConnectionLike }).connection, window)
}
