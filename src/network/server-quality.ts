/** How good a server has been: whether it answers, and, apart from that, whether what it answers is true. */

/** Both in 0..1. A value: each function below returns the one that follows. */
export interface ServerQuality {
  readonly availability: number
  readonly verification: number
}

/** Where nothing is known: tried, but not before those that have done well. */
export const UNKNOWN_QUALITY: ServerQuality = { availability: 0.5, verification: 0.5 }

/** Share of the way to 1 or 0 that an answer or a silence moves availability: about the last ten requests decide. */
const AVAILABILITY_STEP = 0.1

/**
 * Share of the way to 1 that one proven response moves verification. A fifth of {@link AVAILABILITY_STEP}, so that bad data
 * is remembered longer than an outage: about 50 proofs make a newcomer trusted or a liar forgiven.
 */
const PROVEN_STEP = 0.02

/** What is left of verification after one response that proved false: it takes 28 proofs to be back at 0.5, 135 at 0.95. */
const FALSE_FACTOR = 0.25

/** Even the worst is asked now and then, or it could never recover, and a client with one server would stop for good. */
const LEAST_WEIGHT = 0.001

export const afterAnswer = (quality: ServerQuality): ServerQuality => ({
  ...quality,
  availability: quality.availability + (1 - quality.availability) * AVAILABILITY_STEP,
})

export const afterSilence = (quality: ServerQuality): ServerQuality => ({
  ...quality,
  availability: quality.availability * (1 - AVAILABILITY_STEP),
})

export const afterProven = (quality: ServerQuality): ServerQuality => ({
  ...quality,
  verification: quality.verification + (1 - quality.verification) * PROVEN_STEP,
})

export const afterFalse = (quality: ServerQuality): ServerQuality => ({
  ...quality,
  verification: quality.verification * FALSE_FACTOR,
})

/** Share of the requests it should get, relative to the others. Squared: truth counts for more than speed. */
export const weight = ({ availability, verification }: ServerQuality): number =>
  Math.max(LEAST_WEIGHT, availability * verification ** 2)

/**
 * The order to try servers in: by chance, each as likely to come first as its weight says, so that load spreads and the
 * good get most of it (weighted sampling without replacement, Efraimidis and Spirakis 2006).
 * @param random uniform in 0..1, 1 excluded
 */
export function byChance<S extends { readonly quality: ServerQuality }>(
  servers: Iterable<S>,
  random: () => number,
): S[] {
  const drawn = Array.from(servers, (server) => ({ server, rank: -Math.log(1 - random()) / weight(server.quality) }))
  return drawn.sort((a, b) => a.rank - b.rank).map(({ server }) => server)
}
