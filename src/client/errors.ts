/** What the client's calls are refused with. */

/** A worker did not start: it could not be loaded, or did not answer in time. */
export class WorkerStartError extends Error {
  override name = 'WorkerStartError'
}

/** A worker died; close the client and start another. */
export class WorkerCrashedError extends Error {
  override name = 'WorkerCrashedError'
}

/** The client has been closed. */
export class ClosedError extends Error {
  override name = 'ClosedError'
  constructor() {
    super('the client is closed; start another with createBeamtab')
  }
}

/** Too much waits already; try again when some of it is done. */
export class QueueFullError extends Error {
  override name = 'QueueFullError'
}

/** The block is not in the store. */
export class NotKeptError extends Error {
  override name = 'NotKeptError'
}

/** The chain cannot be followed the way it was asked for. */
export class FollowError extends Error {
  override name = 'FollowError'
}

/** Blocks cannot be executed as asked. */
export class BeamError extends Error {
  override name = 'BeamError'
}

/** The page was put to sleep, or another tab leads, and what was under way is lost; ask again. */
export class SuspendedError extends Error {
  override name = 'SuspendedError'
  constructor() {
    super('the page slept, and what it worked on is lost; ask again')
  }
}
