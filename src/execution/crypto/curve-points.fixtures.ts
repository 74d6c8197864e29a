/** Points of both pairing curves in the precompiles' encodings, in the group, outside it and off the curve. */
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { number } from './fixtures.ts'

/** What the two libraries' curves have in common. */
type Curve = typeof bn254 | typeof bls12_381
type G2 = InstanceType<Curve['G2']['Point']>

export interface Encoding {
  readonly curve: Curve
  /** Order of the groups. */
  readonly order: bigint
  /** Modulus of the base field. */
  readonly modulus: bigint
  /** A field element as hex digits. */
  readonly field: (value: bigint) => string
  /** k times the generator. */
  readonly g1: (k: bigint) => string
  readonly g2: (k: bigint) => string
  /** The first point of the curve of G1 with x >= `from` that lies outside the subgroup; bn254 has none. */
  readonly outsideG1: (from: bigint) => string
  /** The first point of the curve of G2 with x >= `from` that lies outside the subgroup. */
  readonly outsideG2: (from: bigint) => string
}

function encoding(curve: Curve, size: number, first: 'real' | 'imaginary'): Encoding {
  const { Fp, Fp2 } = curve.fields
  const field = (value: bigint): string => number(value, size)
  const affineG2 = (point: G2): string => {
    const { x, y } = point.toAffine()
    return [x, y]
      .flatMap(({ c0, c1 }) => (first === 'imaginary' ? [c1, c0] : [c0, c1]))
      .map(field)
      .join('')
  }
  return {
    curve,
    order: curve.fields.Fr.ORDER,
    modulus: Fp.ORDER,
    field,
    g1: (k) => {
      const { x, y } = curve.G1.Point.BASE.multiply(k).toAffine()
      return field(x) + field(y)
    },
    g2: (k) => affineG2(curve.G2.Point.BASE.multiply(k)),
    outsideG1: (from) => {
      for (let x = from; ; x++) {
        const square = Fp.add(Fp.mul(Fp.sqr(x), x), curve.G1.Point.CURVE().b)
        try {
          const y = Fp.sqrt(square)
          if (!curve.G1.Point.fromAffine({ x, y }).isTorsionFree()) return field(x) + field(y)
        } catch {
          continue // No square: there is no point at this x.
        }
      }
    },
    outsideG2: (from) => {
      for (let real = from; ; real++) {
        const x = Fp2.fromBigTuple([real, 1n])
        const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), curve.G2.Point.CURVE().b)
        try {
          const point = curve.G2.Point.fromAffine({ x, y: Fp2.sqrt(square) })
          if (!point.isTorsionFree()) return affineG2(point)
        } catch {
          continue // No square: there is no point at this x.
        }
      }
    },
  }
}

export const BN254_POINTS = encoding(bn254, 32, 'imaginary')
export const BLS12_POINTS = encoding(bls12_381, 64, 'real')
