/**
 * One load per thread, shared by all who ask. A failed one is forgotten: the chunk may come when the network is back.
 */
export function loadOnce<Library>(load: () => Promise<Library>): () => Promise<Library> {
  let loading: Promise<Library> | undefined
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }
}
