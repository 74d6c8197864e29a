/** The first words between a worker and whoever started it. Everything after goes over the ports. */

/** To the worker: ports on which it is to expose its service. May come more than once. */
export interface Hello {
  readonly ports: readonly MessagePort[]
}

/** From the worker, once: its service has loaded, or cannot. */
export type Ready = { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly reason: string }
