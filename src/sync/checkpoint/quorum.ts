/** Asks several sources for a finalized block and takes what independent ones agree on. */
import type { Root } from '../../chain/bytes.ts'
import type { Clock } from '../../chain/clock.ts'
import { messageOf } from '../../chain/thrown.ts'
import { untilAborted } from '../../network/http/bounded-signal.ts'
import { pause } from '../../network/pause.ts'
import { CheckpointError } from './checkpoint-error.ts'
import { SourceError, type CheckpointSource, type FinalizedCheckpoint } from './checkpoint-source.ts'
import { tally, type Said, type SourceAnswer } from './tally.ts'

export interface QuorumOptions {
  readonly sources: readonly CheckpointSource[]
  /** Owners that must name the same root; at least {@link LEAST_QUORUM}. */
  readonly needed: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface Quorum {
  readonly root: Root
  readonly epoch: number
  /** Names of the sources that agree. */
  readonly sources: readonly string[]
  /** Those that named another root: outvoted, and worth a look. */
  readonly dissenting: readonly string[]
  /** Those that said nothing of this epoch: they failed, were too late, or know only of others. */
  readonly unheard: readonly string[]
}

/** One source alone would be trusted outright. */
export const LEAST_QUORUM = 2

/** Sources at most; all are asked at once. More would not make a checkpoint safer, only slower. */
export const MAX_SOURCES = 32

/**
 * ms for which the others are waited for once enough owners, and most of those that may still answer, have spoken without
 * contradiction: most answer within one second, and a hanging one must not cost its ten. Two fast ones alone must not end
 * the vote of many.
 */
const LAST_CALL_MS = 2_000

/**
 * Epochs at which a common root is looked for: finality moves by one while sources are asked, and caches of public
 * instances lag by another.
 */
const MAX_EPOCHS_TRIED = 3

/** Times that sources are asked anew because they know of different epochs, and ms before: they are as far within a slot or two. */
const ASK_AGAIN_TIMES = 2
const ASK_AGAIN_MS = 12_000

/**
 * @throws {CheckpointError} `tooFewSources`, `noQuorum` or `disagreement`
 * Rejects with the signal's reason when it aborts.
 */
export async function askQuorum(options: QuorumOptions): Promise<Quorum> {
  const { sources, needed } = options
  const owners = [...new Set(sources.map(({ owner }) => owner))]
  if (owners.length < needed) throw new CheckpointError({ code: 'tooFewSources', needed, owners })
  for (let again = 0; ; again++) {
    const outcome = await askOnce(options)
    if (outcome.kind === 'agreed') return outcome.quorum
    if (outcome.kind === 'failed' || again === ASK_AGAIN_TIMES) throw outcome.error
    await pause(options.clock, ASK_AGAIN_MS, options.signal)
  }
}

type Outcome =
  | { readonly kind: 'agreed'; readonly quorum: Quorum }
  | { readonly kind: 'failed'; readonly error: CheckpointError }
  /** Enough owners answered, each for an epoch of its own. */
  | { readonly kind: 'scattered'; readonly error: CheckpointError }

async function askOnce(options: QuorumOptions): Promise<Outcome> {
  const { needed, sources } = options
  const latest = await gather(options, sources, (source, signal) => source.latest(signal))
  let answers: readonly SourceAnswer[] = latest
  let disagreement: CheckpointError | undefined
  for (const epoch of commonEpochs(latest, needed)) {
    const ahead = sources.filter((_, i) => epochOf(latest[i]) > epoch)
    const older = await gather(options, ahead, (source, signal) => source.ofEpoch(epoch, signal))
    const statements = [...latest, ...older].filter((answer) => epochOf(answer) === epoch) as readonly Said[]
    const result = tally(statements, needed)
    if (result.kind === 'agreed') return { kind: 'agreed', quorum: quorumOf(epoch, result, sources) }
    if (result.kind === 'disagreed') {
      disagreement ??= new CheckpointError({ code: 'disagreement', epoch, answers: statements })
    }
    answers = [...answers, ...older]
  }
  if (disagreement !== undefined) return { kind: 'failed', error: disagreement }
  const error = new CheckpointError({ code: 'noQuorum', needed, answers })
  return { kind: ownersOf(latest) >= needed ? 'scattered' : 'failed', error }
}

/**
 * Newest first: those that at least `needed` owners, and most of those that answered, have reached. With fewer, a few
 * could outvote the rest by naming an epoch that nobody else knows yet.
 */
function commonEpochs(latest: readonly SourceAnswer[], needed: number): readonly number[] {
  const answering = ownersOf(latest)
  const epochs = [...new Set(latest.flatMap((answer) => (answer.kind === 'said' ? [answer.checkpoint.epoch] : [])))]
  return epochs
    .filter((epoch) => {
      const there = ownersOf(latest.filter((answer) => epochOf(answer) >= epoch))
      return there >= needed && 2 * there > answering
    })
    .sort((a, b) => b - a)
    .slice(0, MAX_EPOCHS_TRIED)
}

/** -1 for an answer that is none. */
const epochOf = (answer: SourceAnswer | undefined): number => (answer?.kind === 'said' ? answer.checkpoint.epoch : -1)

const ownersOf = (answers: readonly SourceAnswer[]): number =>
  new Set(answers.flatMap((answer) => (answer.kind === 'said' ? [answer.owner] : []))).size

function quorumOf(
  epoch: number,
  { root, agreeing, dissenting }: Extract<ReturnType<typeof tally>, { kind: 'agreed' }>,
  asked: readonly CheckpointSource[],
): Quorum {
  const names = (statements: readonly Said[]) => statements.map(({ source }) => source)
  const heard = new Set(names([...agreeing, ...dissenting]))
  const unheard = asked.map(({ name }) => name).filter((name) => !heard.has(name))
  return { root, epoch, sources: names(agreeing), dissenting: names(dissenting), unheard }
}

type Ask = (source: CheckpointSource, signal: AbortSignal) => Promise<FinalizedCheckpoint>

/** All answers in the order of the sources. Whoever is not waited for any longer is told to stop. */
async function gather(
  { clock, signal, needed }: QuorumOptions,
  sources: readonly CheckpointSource[],
  ask: Ask,
): Promise<readonly SourceAnswer[]> {
  signal.throwIfAborted()
  const lastCall = new AbortController()
  const stop = () => lastCall.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const answers: SourceAnswer[] = []
  let cancel: (() => void) | undefined
  const note = (answer: SourceAnswer) => {
    answers.push(answer)
    if (cancel !== undefined || !haveMostSpoken(sources, answers, needed) || isContradictory(answers)) return
    cancel = clock.after(LAST_CALL_MS, () => lastCall.abort(new Error('not waited for: the others have answered')))
  }
  try {
    return await Promise.all(
      sources.map(async (source) => {
        const answer = await answerOf(source, ask, lastCall.signal)
        note(answer)
        return answer
      }),
    )
  } finally {
    cancel?.()
    signal.removeEventListener('abort', stop)
    lastCall.abort()
    signal.throwIfAborted()
  }
}

/** An owner all of whose sources failed will not speak any more. */
function haveMostSpoken(
  sources: readonly CheckpointSource[],
  answers: readonly SourceAnswer[],
  needed: number,
): boolean {
  const failed = new Set(answers.flatMap((answer) => (answer.kind === 'failed' ? [answer.source] : [])))
  const mayHaveSpoken = new Set(sources.filter(({ name }) => !failed.has(name)).map(({ owner }) => owner)).size
  const spoken = ownersOf(answers)
  return spoken >= needed && 2 * spoken > mayHaveSpoken
}

async function answerOf(source: CheckpointSource, ask: Ask, signal: AbortSignal): Promise<SourceAnswer> {
  const { name, owner } = source
  try {
    return { kind: 'said', source: name, owner, checkpoint: await untilAborted(ask(source, signal), signal) }
  } catch (error) {
    if (error instanceof SourceError) return { kind: 'failed', source: name, owner, error }
    const why = messageOf(error)
    return {
      kind: 'failed',
      source: name,
      owner,
      error: new SourceError({ code: 'unreachable' }, why, { cause: error }),
    }
  }
}

/** Somebody else may have to decide. */
function isContradictory(answers: readonly SourceAnswer[]): boolean {
  const statements = answers.filter((answer) => answer.kind === 'said')
  const epochs = new Set(statements.map(({ checkpoint }) => checkpoint.epoch))
  return [...epochs].some(
    (epoch) =>
      tally(
        statements.filter(({ checkpoint }) => checkpoint.epoch === epoch),
        1,
      ).kind === 'disagreed',
  )
}
