/** Name of a network's database; one per network, so that what is kept of one is never taken for another's. */
export const databaseName = (network: string): string => `beamtab-${network}`
