/** What EthereumJS asks for before it reads a transaction with blobs, and has no use for where the blobs are not there. */
import type { KZG } from '@ethereumjs/util'

/** Blobs travel beside blocks, never in them. */
class BlobsInBlockError extends Error {
  override name = 'BlobsInBlockError'
}

const refuse = (): never => {
  throw new BlobsInBlockError('a block has a transaction with its blobs in it')
}

/** Every call of it throws. */
export const NO_KZG: KZG = {
  blobToKzgCommitment: refuse,
  computeBlobProof: refuse,
  verifyProof: refuse,
  verifyBlobProofBatch: refuse,
  computeCells: refuse,
  computeCellsAndProofs: refuse,
  recoverCellsAndProofs: refuse,
  verifyCellKzgProofBatch: refuse,
}
